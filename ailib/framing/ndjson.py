"""One JSON value a line (NDJSON, JSON Lines); a value spread over lines is put together."""

from __future__ import annotations

from ailib.framing.base import Frame
from ailib.framing.decoder import Decoder
from ailib.framing.jsontext import JsonLines, last_frame, parse_bytes
from ailib.framing.lines import LineSplitter


class NdjsonDecoder(Decoder):
    """``done_signal`` is a line that ends the stream, where the provider has one."""

    def __init__(self, max_frame: int, *, done_signal: str = "") -> None:
        super().__init__(max_frame)
        self._done_line = done_signal.encode() or None
        self._lines = LineSplitter(max_frame)
        self._values = JsonLines()

    def _take(self, data: bytes, out: list[Frame]) -> None:
        for line in self._lines.feed(data):
            text = line.strip()
            if not text:
                continue
            if text == self._done_line:
                self.done = True
                return
            if not self._values.pending:
                try:
                    out.append(Frame(parse_bytes(text)))
                    continue
                except ValueError:
                    pass
            self._limit(self._values.size + len(line))
            frame = self._values.add(line)
            if frame is not None:
                out.append(frame)

    def _finish(self, out: list[Frame]) -> None:
        rest = self._lines.rest()
        text = self._values.flush() + b"\n" + rest
        if rest.strip() == self._done_line:
            self.done = True
        elif text.strip():
            out.append(last_frame(text.strip()))
