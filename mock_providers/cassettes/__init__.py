"""Recorded exchanges: vcrpy's file format with our keys, redaction in the writer, replay."""

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
from mock_providers.cassettes.record import Recorder
from mock_providers.cassettes.redact import redacted, redacted_request
from mock_providers.cassettes.replay import Replay
from mock_providers.cassettes.secrets import PLACEHOLDER, SHAPES
from mock_providers.cassettes.vcr import load, read, write

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
