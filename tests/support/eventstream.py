"""Writes records of ``application/vnd.amazon.eventstream``."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

# Headers of other types, which a reader must step over: a boolean and an int.
OTHER_HEADERS = b"\x04flag\x00" + b"\x05count\x04\x00\x00\x00\x07"


def record(payload: bytes, **headers: str) -> bytes:
    """A record; header names are given with ``_`` for ``-`` and without their leading colon."""
    block = b""
    for name, value in headers.items():
        key = (":" + name.replace("_", "-")).encode()
        block += bytes([len(key)]) + key + b"\x07" + struct.pack(">H", len(value)) + value.encode()
    block += OTHER_HEADERS
    prelude = struct.pack(">II", 16 + len(block) + len(payload), len(block))
    head = prelude + struct.pack(">I", zlib.crc32(prelude)) + block + payload
    return head + struct.pack(">I", zlib.crc32(head))


def event(kind: str, value: Any) -> bytes:
    """An event record with a JSON payload."""
    return record(json.dumps(value).encode(), message_type="event", event_type=kind)


def exception(kind: str, value: Any) -> bytes:
    """An exception record with a JSON payload."""
    return record(json.dumps(value).encode(), message_type="exception", exception_type=kind)
