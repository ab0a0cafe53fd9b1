"""Replies of fixtures that are bytes rather than words: raw ones and cassettes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mock_providers.dialects import WireEvent
from mock_providers.faults import Head
from mock_providers.fixtures import FixtureError, Raw

Frames = Iterable[tuple[WireEvent | None, bytes]]
if TYPE_CHECKING:
    from mock_providers.cassettes import Cassette

_NOT_SENT = frozenset({"content-type", "content-length", "content-encoding", "transfer-encoding"})


def raw_answer(raw: Raw) -> tuple[Head, Frames]:
    """The bytes of a fixture, each piece an event of its own."""
    pieces = raw.pieces
    head = Head(raw.status, raw.content_type, raw.headers)
    if len(pieces) == 1:
        return head, [(None, pieces[0])]
    return head, [(WireEvent("other", piece.decode("utf-8", "replace")), piece) for piece in pieces]


def recorded_answer(path: Path) -> tuple[Head, Frames]:
    """The first answer of a cassette. Raises `FixtureError`."""
    from mock_providers.cassettes.events import events, is_stream  # noqa: PLC0415 - seldom needed

    cassette = _loaded(path, path.stat().st_mtime_ns if path.exists() else 0)
    response = cassette.interactions[0].response
    headers = tuple((n, v) for n, v in response.headers if n.lower() not in _NOT_SENT)
    head = Head(response.status, response.content_type or None, headers, response.reason or None)
    if is_stream(response.content_type):
        return head, events(response.content_type, response.body)
    return head, [(None, response.body)]


@lru_cache(maxsize=64)
def _loaded(path: Path, _stamp: int) -> Cassette:
    from mock_providers.cassettes import CassetteError, read  # noqa: PLC0415 - seldom needed

    try:
        cassette = read(path)
    except (CassetteError, OSError) as error:
        raise FixtureError(f"cassette {path}: {error}") from error
    if not cassette.interactions:
        raise FixtureError(f"cassette {path}: it holds no interaction")
    return cassette
