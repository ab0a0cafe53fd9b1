"""Bytes to lines, in C: LF, CRLF and CR end a line, nothing else does.

U+2028, U+0085, form feed and their like are content (JSON may hold them unescaped), which is why
lines are cut from bytes and not from text. A CRLF cut between two reads is one line end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ailib.framing.decoder import too_large

BOM = b"\xef\xbb\xbf"


class LineSplitter:
    """Feeds on bytes, gives whole lines without their ends; cost linear in the bytes."""

    def __init__(self, max_line: int) -> None:
        self._max_line = max_line
        self._rest = bytearray()
        self._after_cr = False
        self._at_start = True

    def feed(self, data: bytes) -> Iterable[bytes]:
        """The lines that ``data`` completes. Iterating raises `FrameTooLargeError` at a line
        beyond the limit, behind the lines before it."""
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        cut = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if not cut:
            self._rest += data
            return self._checked([]) if len(self._rest) > self._max_line else ()
        self._after_cr = cut == len(data) and data.endswith(b"\r")
        whole = data[:cut]
        if self._rest:
            whole = bytes(self._rest) + whole
        self._rest = bytearray(data[cut:])
        lines = whole.splitlines()
        if self._at_start:
            self._at_start = False
            lines[0] = lines[0].removeprefix(BOM)
        return self._checked(lines) if len(whole) + len(self._rest) > self._max_line else lines

    def rest(self) -> bytes:
        """The line without an end at the end of input; empty where there is none."""
        rest = bytes(self._rest)
        self._rest = bytearray()
        return rest.removeprefix(BOM) if self._at_start else rest

    def _checked(self, lines: list[bytes]) -> Iterator[bytes]:
        for line in lines:
            if len(line) > self._max_line:
                raise too_large(self._max_line)
            yield line
        if len(self._rest) > self._max_line:
            raise too_large(self._max_line)
