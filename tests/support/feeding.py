"""Feeds a decoder the same bytes in every way they may arrive, and wants the same each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ailib.errors import AiLibError
from ailib.framing import FrameDecoder

Reading = list[tuple[Any, ...]]


def pieces(data: bytes, cuts: Sequence[int]) -> Iterator[bytes]:
    """``data`` cut at the positions ``cuts``."""
    start = 0
    for cut in sorted({min(cut, len(data)) for cut in cuts}):
        yield data[start:cut]
        start = cut
    yield data[start:]


def read(make: Callable[[], FrameDecoder], parts: Iterator[bytes] | list[bytes]) -> Reading:
    """What comes out: ``(data, text, event, exception)`` a frame, then ``("done",)`` or the
    error's class name."""
    decoder, out = make(), []
    try:
        for part in parts:
            out += [(f.data, f.text, f.event, f.exception) for f in decoder.feed(part)]
        out += [(f.data, f.text, f.event, f.exception) for f in decoder.close()]
    except AiLibError as error:
        return [*out, (type(error).__name__,)]
    return [*out, ("done",)] if decoder.done else out


def read_every_way(make: Callable[[], FrameDecoder], data: bytes) -> Reading:
    """The reading of ``data`` whole, and the proof that it is the same byte by byte, in small
    pieces and, behind a terminator, with trailing data."""
    whole = read(make, [data])
    assert read(make, [data[i : i + 1] for i in range(len(data))]) == whole
    for size in (2, 3, 7):
        assert read(make, [data[i : i + size] for i in range(0, len(data), size)]) == whole
    if whole[-1:] == [("done",)]:
        assert read(make, [data + b'data: {"late":1}\n\n{"late":1}\n']) == whole
    return whole
