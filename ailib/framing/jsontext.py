"""JSON as it arrives: parsing a whole text, and finding where a value ends in a stream of bytes."""

from __future__ import annotations

import functools
import importlib
import json
import re
from collections.abc import Callable
from typing import Any

from ailib.errors import TruncatedStreamError
from ailib.framing.base import Frame
from ailib.framing.decoder import decode_text

WHITESPACE = " \t\r\n"

# Providers send raw control characters in strings, and NaN for figures they do not have.
_raw_decode = json.JSONDecoder(strict=False, parse_constant=lambda _: None).raw_decode


def parse(text: str) -> Any:
    """The one JSON value that ``text`` is; ``NaN`` and infinities become ``None``.

    Raises `ValueError` for anything else: several values, half a value, nesting too deep.
    """
    text = text.strip(WHITESPACE)
    try:
        value, end = _raw_decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if end != len(text):
        raise ValueError("more than one JSON value")
    return value


@functools.cache
def _msgspec() -> Callable[[bytes], Any] | None:
    """msgspec's decoder where it is installed (``ailib[speed]``)."""
    try:
        decode: Callable[[bytes], Any] = importlib.import_module("msgspec.json").decode
    except ImportError:
        return None
    return decode


def parse_bytes(data: bytes) -> Any:
    """As `parse`, from bytes, four times as fast with msgspec. What that one refuses (it is
    stricter: NaN, raw control characters, lone surrogates) is read as without it."""
    decode = _msgspec()
    if decode is not None:
        try:
            return decode(data)
        except Exception:  # the slow way knows what is wrong
            pass
    return parse(decode_text(data))


def frame_from(data: bytes, event: str | None = None) -> Frame:
    """As `frame_of`, from bytes."""
    try:
        return Frame(parse_bytes(data), "", event)
    except ValueError:
        return Frame(None, decode_text(data), event)


def frame_of(text: str, event: str | None = None) -> Frame:
    """A frame of ``text``: with its value, or with the text itself where it is no JSON."""
    try:
        return Frame(parse(text), "", event)
    except ValueError:
        return Frame(None, text, event)


def last_frame(data: bytes, event: str | None = None) -> Frame:
    """As `frame_of`, for what the end of input left: half a JSON value, or half a code point,
    raises `TruncatedStreamError`."""
    half = _half_code_point(data)
    if not half:
        frame = frame_of(decode_text(data), event)
        if not frame.text or data.lstrip()[:1] not in (b"{", b"["):
            return frame
        nesting = Nesting()
        nesting.scan(data)
        half = nesting.open
    if half:
        raise TruncatedStreamError("the answer ended inside a frame")
    return frame


def _half_code_point(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return False


class Nesting:
    """How deep in brackets, and whether in a string, a JSON text stands; bytes in any pieces."""

    __slots__ = ("_escaped", "depth", "in_string")

    def __init__(self) -> None:
        self.depth = 0
        self.in_string = False
        self._escaped = False

    @property
    def open(self) -> bool:
        """Whether a bracket or a string is still open."""
        return self.depth > 0 or self.in_string

    def scan(self, data: bytes, start: int = 0, floor: int | None = None) -> int:
        """Reads on from ``start``; with ``floor``, stops behind the bracket that brings the depth
        down to it and returns that position, otherwise -1 at the end of ``data``."""
        depth, in_string = self.depth, self.in_string
        position = start
        if self._escaped and position < len(data):
            self._escaped = False
            position += 1
        while True:
            found = (_IN_STRING if in_string else _OUTSIDE).search(data, position)
            if found is None:
                self.depth, self.in_string = depth, in_string
                return -1
            position = found.end()
            token = data[position - 1]
            if token == _QUOTE:
                in_string = not in_string
            elif token == _BACKSLASH:
                if position == len(data):
                    self._escaped = True
                position += 1
            elif token in _OPENING:
                depth += 1
            else:
                depth -= 1
                if depth == floor:
                    self.depth, self.in_string = depth, in_string
                    return position


_QUOTE, _BACKSLASH = b'"\\'
_OPENING = b"{["
_OUTSIDE = re.compile(rb'["{}\[\]]')
_IN_STRING = re.compile(rb'["\\]')


class JsonLines:
    """Values that stand alone on a line, or are spread over several (pretty-printed)."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._nesting = Nesting()
        self.size = 0

    @property
    def pending(self) -> bool:
        """Whether a value has begun and not ended."""
        return bool(self._lines)

    def add(self, line: bytes) -> Frame | None:
        """The frame that ``line`` completes, if it does. A string cannot go on in the next line,
        so a line that ends in one is given out as it is, unparsed."""
        self._lines.append(line)
        self.size += len(line)
        self._nesting.scan(line)
        if self._nesting.depth > 0 and not self._nesting.in_string:
            return None
        return frame_of(decode_text(self.flush()))

    def flush(self) -> bytes:
        """What has been gathered; nothing is kept."""
        text = b"\n".join(self._lines)
        self._lines, self._nesting, self.size = [], Nesting(), 0
        return text
