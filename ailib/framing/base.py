"""Bytes to frames, without I/O: what every decoder is.

Rules of this room: a decoder gives the same frames for any cutting of the same bytes; it never
decodes text before a line or record is whole; it knows nothing of providers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(slots=True)
class Frame:
    """One record of an answer.

    ``data`` is the parsed JSON value, or ``None`` where ``text`` is no JSON (then ``text`` holds
    it). ``event`` is the SSE event name or the event-stream ``:event-type``; ``exception`` the
    event-stream ``:exception-type``/``:error-code`` of an exception frame.
    """

    data: Any
    text: str = ""
    event: str | None = None
    exception: str | None = None


class FrameDecoder(Protocol):
    """Feeds on bytes, gives frames. One object a response; not thread-safe.

    Call `close` once, at end of input or when ``done``: an error behind frames of the same read
    waits for it, so that no cutting of the bytes loses a frame.
    """

    done: bool
    """Whether further bytes do not matter: the terminator (such as ``[DONE]``) was seen, or an
    error waits for `close`."""

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that ``data`` completes. Raises `FrameTooLargeError`,
        `MalformedResponseError` (bad CRC)."""

    def close(self) -> list[Frame]:
        """The frames still held back at end of input (a last line without a newline). Raises
        `MalformedResponseError` or `TruncatedStreamError` for half a record."""
