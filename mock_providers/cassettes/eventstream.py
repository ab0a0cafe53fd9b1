"""Frames of ``application/vnd.amazon.eventstream``: apart and together, headers untouched.

For their form see `mock_providers.dialects.eventstream`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from mock_providers.dialects.eventstream import packed

_PRELUDE = struct.Struct(">III")
_CRC_SIZE = 4

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
        if total < _PRELUDE.size + headers + _CRC_SIZE or position + total > len(body):
            break
        end = position + total - _CRC_SIZE
        frames.append((body[start : start + headers], body[start + headers : end]))
        position += total
    return frames, body[position:]


def join_frames(frames: Iterable[Frame]) -> bytes:
    """The bytes of frames, with fresh lengths and checksums."""
    return b"".join(packed(headers, payload) for headers, payload in frames)
