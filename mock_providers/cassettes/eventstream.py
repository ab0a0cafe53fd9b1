"""Frames of ``application/vnd.amazon.eventstream``: apart and together, headers untouched.

A frame is: total length, headers' length, CRC of these eight bytes, headers, payload, CRC of all
before it (big-endian, CRC-32). Source: AWS SDK documentation, "Event Stream encoding".
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

_PRELUDE = struct.Struct(">III")
_CRC = struct.Struct(">I")

Frame = tuple[bytes, bytes]
"""Headers and payload of one frame, both as they stand on the wire."""


def is_event_stream(content_type: str) -> bool:
    """Whether a body of this type is such a stream."""
    return content_type.startswith("application/vnd.amazon.eventstream")


def split_frames(body: bytes) -> tuple[list[Frame], bytes]:
    """The whole frames of a body, and what is left (an unfinished frame, or no frame at all).
    Checksums are not verified."""
    frames: list[Frame] = []
    position = 0
    while position + _PRELUDE.size <= len(body):
        total, headers, _ = _PRELUDE.unpack_from(body, position)
        start = position + _PRELUDE.size
        if total < _PRELUDE.size + headers + _CRC.size or position + total > len(body):
            break
        end = position + total - _CRC.size
        frames.append((body[start : start + headers], body[start + headers : end]))
        position += total
    return frames, body[position:]


def join_frames(frames: Iterable[Frame]) -> bytes:
    """The bytes of frames, with fresh lengths and checksums."""
    return b"".join(_frame(headers, payload) for headers, payload in frames)


def _frame(headers: bytes, payload: bytes) -> bytes:
    total = _PRELUDE.size + len(headers) + len(payload) + _CRC.size
    lengths = struct.pack(">II", total, len(headers))
    start = lengths + _CRC.pack(zlib.crc32(lengths)) + headers + payload
    return start + _CRC.pack(zlib.crc32(start))
