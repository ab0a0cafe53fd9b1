"""Server-sent events, as providers really send them.

The rules are WHATWG's (a blank line dispatches, lines join with LF, one space after the colon is
dropped, comments and unknown fields are ignored), and beyond them, because real streams do it:

* the last event counts without its blank line, and a last line without its end;
* empty data, and data that is a comment wrapped once more (``data: : waiting``), is skipped;
* ``[DONE]`` ends the stream, whatever other signal a manifest names;
* a bare JSON value outside any field (an error in mid-stream, or the whole body) is a frame;
* ``data`` lines that are each a whole JSON value are each a frame, also without a blank line.
"""

from __future__ import annotations

from collections.abc import Iterable

from ailib.framing.base import Frame
from ailib.framing.decoder import Decoder, decode_text
from ailib.framing.jsontext import JsonLines, frame_from, last_frame
from ailib.framing.lines import LineSplitter

DONE = "[DONE]"


class SseDecoder(Decoder):
    """``done_signal`` ends the stream besides ``[DONE]``: as data, or as the name of the last
    event, which is still delivered. ``field`` is the name of the data field. With ``by_line``
    each data line is an event, blank lines or not. Events named in ``text_events`` are text even
    where it could be read as JSON, white space included."""

    def __init__(
        self,
        max_frame: int,
        *,
        done_signal: str = "",
        field: str = "data",
        by_line: bool = False,
        text_events: Iterable[str] = (),
    ) -> None:
        super().__init__(max_frame)
        self._done = tuple(text.encode() for text in (DONE, done_signal) if text)
        self._done_event = done_signal or None
        self._field = field.encode()
        self._colon, self._space = self._field + b":", self._field + b": "
        self._by_line = by_line
        self._text_events = frozenset(text_events)
        self._lines = LineSplitter(max_frame)
        self._bare = JsonLines()
        self._data: list[bytes] = []
        self._size = 0
        self._event: str | None = None

    def _take(self, data: bytes, out: list[Frame]) -> None:
        colon, space = self._colon, self._space
        unspaced, spaced = len(colon), len(space)
        for line in self._lines.feed(data):
            if not line:
                if self._data:
                    self._dispatch(out)
                self._event = None
            elif line.startswith(colon):
                value = line[spaced:] if line.startswith(space) else line[unspaced:]
                if self._data or self._by_line or self._bare.pending:
                    self._more(value, out)
                else:
                    self._data.append(value)
            else:
                self._other(line, out)
            if self.done:
                return

    def _finish(self, out: list[Frame]) -> None:
        rest = self._lines.rest()
        if rest:
            self._line_at_end(rest, out)
        if self._bare.pending:
            out.append(last_frame(self._bare.flush()))
        elif self._data:
            data = b"\n".join(self._data)
            if self._event in self._text_events:
                out.append(Frame(None, decode_text(data), self._event))
            elif _is_content(data) and not self._is_done(data):
                out.append(last_frame(data, self._event))

    def _line_at_end(self, line: bytes, out: list[Frame]) -> None:
        if line.startswith(self._colon):
            self._flush_bare(out)
            self._data.append(line[len(self._colon) :].removeprefix(b" "))
        else:
            self._other(line, out)

    def _more(self, value: bytes, out: list[Frame]) -> None:
        """A data line where something is pending, or where each stands for itself."""
        self._flush_bare(out)
        if len(self._data) == 1 and self._event not in self._text_events:
            first = frame_from(self._data[0], self._event)
            if first.data is not None:
                self._data.clear()
                out.append(first)
        self._size = len(value) + (self._size or sum(map(len, self._data)))
        self._limit(self._size)
        self._data.append(value)
        if self._by_line:
            self._dispatch(out)

    def _other(self, line: bytes, out: list[Frame]) -> None:
        """A line that is neither blank nor data: an event name, bare JSON, or nothing to us."""
        if line.startswith(b"event:"):
            self._flush_bare(out)
            self._event = decode_text(line[6:]).strip() or None
        elif self._bare.pending or line.lstrip()[:1] in (b"{", b"["):
            if self._data:
                self._dispatch(out)
            self._limit(self._bare.size + len(line))
            frame = self._bare.add(line)
            if frame is None:
                return
            if not self._is_done(frame.text.encode()):
                frame.event = self._event
                out.append(frame)

    def _flush_bare(self, out: list[Frame]) -> None:
        if self._bare.pending:
            out.append(Frame(None, decode_text(self._bare.flush())))

    def _dispatch(self, out: list[Frame]) -> None:
        data = self._data.pop() if len(self._data) == 1 else b"\n".join(self._data)
        self._data.clear()
        self._size = 0
        # Nearly all data is an object: ask the rarer questions only where it is not.
        if self._text_events and self._event in self._text_events:
            out.append(Frame(None, decode_text(data), self._event))
        elif data.startswith(b"{") or (not self._is_done(data) and _is_content(data)):
            out.append(frame_from(data, self._event))
        if self._event is not None and self._event == self._done_event:
            self.done = True

    def _is_done(self, data: bytes) -> bool:
        self.done = data.lstrip().startswith(self._done)
        return self.done


def _is_content(data: bytes) -> bool:
    text = data.strip()
    return bool(text) and not text.startswith(b":")
