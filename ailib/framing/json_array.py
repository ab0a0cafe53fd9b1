"""A JSON array streamed element by element, cut anywhere; each object in it is a frame.

A value that stands outside an array (an error object instead of the array) is a frame too.
"""

from __future__ import annotations

import re

from ailib.framing.base import Frame
from ailib.framing.decoder import Decoder
from ailib.framing.jsontext import Nesting, frame_from, last_frame
from ailib.framing.lines import BOM

# What may stand between the elements of an array, its own brackets included.
_BETWEEN = re.compile(rb"[\s,\[\]]*")
# Where an element that is no object ends.
_ELEMENT_END = re.compile(rb"[,\]]")


class JsonArrayDecoder(Decoder):
    """Elements that are objects come as soon as they are whole; others are given at their end."""

    def __init__(self, max_frame: int) -> None:
        super().__init__(max_frame)
        self._element = bytearray()
        self._nesting = Nesting()
        self._at_start = True

    def _take(self, data: bytes, out: list[Frame]) -> None:
        if self._at_start:
            self._element += data
            if BOM.startswith(self._element[:3]) and len(self._element) < len(BOM):
                return
            data = bytes(self._element).removeprefix(BOM)
            self._element.clear()
            self._at_start = False
        position = 0
        while position < len(data):
            if not self._element:
                between = _BETWEEN.match(data, position)
                position = between.end() if between else position
                if position == len(data):
                    return
            end = self._end(data, position)
            self._element += data[position : end if end >= 0 else len(data)]
            self._limit(len(self._element))
            if end < 0:
                return
            out.append(frame_from(bytes(self._element).strip()))
            self._element.clear()
            self._nesting = Nesting()
            position = end

    def _end(self, data: bytes, position: int) -> int:
        first = self._element[0] if self._element else data[position]
        if first == _BRACE:
            return self._nesting.scan(data, position, floor=0)
        found = _ELEMENT_END.search(data, position)
        return found.start() if found else -1

    def _finish(self, out: list[Frame]) -> None:
        if self._element:
            out.append(last_frame(bytes(self._element).strip()))


_BRACE = ord("{")
