"""Recorded exchanges: vcrpy's file format with our keys, redaction in the writer, replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mock_providers.cassettes.chunking import CHUNKINGS, Chunking, chunked
from mock_providers.cassettes.model import (
    Cassette,
    CassetteError,
    Chunk,
    End,
    Interaction,
    Origin,
    Request,
    Response,
)
from mock_providers.cassettes.redact import redacted, redacted_request
from mock_providers.cassettes.replay import Replay
from mock_providers.cassettes.secrets import PLACEHOLDER, SHAPES
from mock_providers.cassettes.vcr import load, read, write

if TYPE_CHECKING:
    from mock_providers.cassettes.record import Recorder

__all__ = [
    "CHUNKINGS",
    "PLACEHOLDER",
    "SHAPES",
    "Cassette",
    "CassetteError",
    "Chunk",
    "Chunking",
    "End",
    "Interaction",
    "Origin",
    "Recorder",
    "Replay",
    "Request",
    "Response",
    "chunked",
    "load",
    "read",
    "redacted",
    "redacted_request",
    "write",
]


def __getattr__(name: str) -> Any:
    # The recorder brings an HTTP client, which takes longer to import than the server.
    if name == "Recorder":
        from mock_providers.cassettes.record import Recorder  # noqa: PLC0415

        return Recorder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
