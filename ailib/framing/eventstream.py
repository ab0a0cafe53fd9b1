"""``application/vnd.amazon.eventstream``: binary records with two checksums.

A record is: total length, header length, CRC of these eight bytes (four bytes each, big-endian),
headers, payload, CRC of everything before (AWS SDKs, "Amazon event stream" encoding). The header
``:message-type`` is ``event``, ``exception`` or ``error``. InvokeModel wraps a model's own event
as base64 into events of the type ``chunk``; they are unwrapped here.
"""

from __future__ import annotations

import binascii
import struct
from base64 import b64decode
from zlib import crc32

from ailib.errors import MalformedResponseError, TruncatedStreamError
from ailib.framing.base import Frame
from ailib.framing.decoder import Decoder, decode_text, too_large
from ailib.framing.jsontext import frame_of

_PRELUDE = 12
_SMALLEST = _PRELUDE + 4
# Bytes of a header value by its type: true, false, byte, short, int, long, -, -, timestamp, uuid.
_FIXED = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
_TEXT = 7
_SIZED = {6, _TEXT}


class EventStreamDecoder(Decoder):
    """Raises `MalformedResponseError` at a checksum that does not fit."""

    def __init__(self, max_frame: int) -> None:
        super().__init__(max_frame)
        self._buffer = bytearray()
        self._need = _PRELUDE

    def _take(self, data: bytes, out: list[Frame]) -> None:
        buffer = self._buffer
        buffer += data
        while len(buffer) >= self._need:
            if self._need == _PRELUDE:
                self._need = self._record_length(bytes(buffer[:_PRELUDE]))
                continue
            record = bytes(buffer[: self._need])
            del buffer[: self._need]
            self._need = _PRELUDE
            out.append(_frame(record))

    def _record_length(self, prelude: bytes) -> int:
        length, headers, checksum = struct.unpack(">III", prelude)
        if crc32(prelude[:8]) != checksum:
            raise MalformedResponseError("event stream: the prelude's checksum does not fit")
        if length < _SMALLEST + headers:
            raise MalformedResponseError("event stream: a record is shorter than its headers")
        if length > self._max_frame:
            raise too_large(self._max_frame)
        return int(length)

    def _finish(self, out: list[Frame]) -> None:  # noqa: ARG002 - a record is whole or lost
        if self._buffer:
            raise TruncatedStreamError(
                f"event stream: ended inside a record ({len(self._buffer)} bytes of it arrived)"
            )


def _frame(record: bytes) -> Frame:
    if crc32(record[:-4]) != int.from_bytes(record[-4:]):
        raise MalformedResponseError("event stream: a record's checksum does not fit")
    end = _PRELUDE + int.from_bytes(record[4:8])
    headers = _headers(record[_PRELUDE:end])
    kind = headers.get(":message-type", "event")
    payload = decode_text(record[end:-4])
    frame = frame_of(payload, headers.get(":event-type")) if payload else Frame(None)
    if kind == "event":
        return _unwrapped(frame)
    frame.exception = headers.get(":exception-type") or headers.get(":error-code") or kind
    if frame.data is None and ":error-message" in headers:
        frame.data = {"message": headers[":error-message"]}
    return frame


def _unwrapped(frame: Frame) -> Frame:
    data = frame.data
    if frame.event != "chunk" or not isinstance(data, dict) or "bytes" not in data:
        return frame
    try:
        return frame_of(decode_text(b64decode(data["bytes"], validate=True)))
    except (binascii.Error, TypeError, ValueError) as error:
        raise MalformedResponseError("event stream: a chunk's bytes are not base64") from error


def _headers(block: bytes) -> dict[str, str]:
    """The text headers; other types are stepped over."""
    headers: dict[str, str] = {}
    at = 0
    try:
        while at < len(block):
            name_end = at + 1 + block[at]
            name = block[at + 1 : name_end].decode()
            kind = block[name_end]
            at = name_end + 1
            if kind in _SIZED:
                size = int.from_bytes(block[at : at + 2])
                at += 2
            else:
                size = _FIXED[kind]
            if kind == _TEXT:
                headers[name] = block[at : at + size].decode()
            at += size
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise MalformedResponseError("event stream: a record's headers cannot be read") from error
    return headers
