"""How a recorded body is cut when it is played again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from mock_providers.cassettes.model import Chunk

Chunking = Literal["as-recorded", "per-byte", "coalesced", "split-utf8"]
"""The recorded pieces; single bytes; one piece; the recorded pieces, cut once more inside each
code point of several bytes."""

CHUNKINGS: tuple[Chunking, ...] = get_args(Chunking)


def chunked(chunks: tuple[Chunk, ...], chunking: Chunking) -> Iterator[Chunk]:
    """The same bytes in other pieces. A delay stands before the first byte of its piece; all of
    them before a coalesced body."""
    match chunking:
        case "as-recorded":
            yield from chunks
        case "coalesced":
            data = b"".join(chunk.data for chunk in chunks)
            yield Chunk(data, sum(chunk.delay for chunk in chunks))
        case "per-byte":
            for chunk in chunks:
                for index in range(len(chunk.data)):
                    delay = 0.0 if index else chunk.delay
                    yield Chunk(chunk.data[index : index + 1], delay)
        case "split-utf8":
            for chunk in chunks:
                yield from _split(chunk)


def _split(chunk: Chunk) -> Iterator[Chunk]:
    start, delay = 0, chunk.delay
    for index, byte in enumerate(chunk.data):
        if byte >= 0xC0:  # the first byte of a code point of several
            yield Chunk(chunk.data[start : index + 1], delay)
            start, delay = index + 1, 0.0
    if start < len(chunk.data) or not chunk.data:
        yield Chunk(chunk.data[start:], delay)
