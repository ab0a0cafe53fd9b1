"""Frames of ``application/vnd.amazon.eventstream``.

A frame is: total length and header length (4 bytes each, big-endian), their CRC-32, the headers
(name length, name, type 7, value length in 2 bytes, value), the payload, the CRC-32 of all before.
"""

from __future__ import annotations

import struct
import zlib

from mock_providers.dialects.base import WireEvent
from mock_providers.dialects.wire import compact

_STRING = 7
_PAD = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def message(headers: dict[str, str], payload: bytes) -> bytes:
    """One frame with the given string headers."""
    return packed(b"".join(_header(name, value) for name, value in headers.items()), payload)


def packed(headers: bytes, payload: bytes) -> bytes:
    """One frame with headers that have their bytes already."""
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    start = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return start + struct.pack(">I", zlib.crc32(start))


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return struct.pack(">B", len(key)) + key + struct.pack(">BH", _STRING, len(text)) + text


def frame(event: WireEvent) -> bytes:
    """The frame of an event, or of an exception (kind ``error``, its type as ``__type``)."""
    data = event.data
    name = event.name or "chunk"
    failed = event.kind == "error"
    if failed and isinstance(data, dict):
        name = data.get("__type", name)
        data = {key: value for key, value in data.items() if key != "__type"}
    headers = {
        ":exception-type" if failed else ":event-type": name,
        ":content-type": "application/json",
        ":message-type": "exception" if failed else "event",
    }
    return message(headers, data.encode() if isinstance(data, str) else compact(data))


def pad(length: int) -> str:
    """The ``p`` of a payload: letters that hide how long the rest is."""
    return _PAD[: length * 7 % len(_PAD) + 1]
