"""What all decoders share: frames first, errors after them.

An error amid a read must not swallow the frames before it, or cutting the bytes elsewhere would
give other frames. So `feed` returns what was whole and sets ``done``, and `close` raises.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from ailib.errors import FrameTooLargeError, MalformedResponseError, ResponseError
from ailib.framing.base import Frame


class Decoder(ABC):
    """A `FrameDecoder`; a format fills in `_take` and `_finish`."""

    def __init__(self, max_frame: int) -> None:
        self.done = False
        self._max_frame = max_frame
        self._error: ResponseError | None = None
        self._closed = False

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that ``data`` completes; see `FrameDecoder`."""
        out: list[Frame] = []
        if data and not self.done:
            try:
                self._take(data, out)
            except ResponseError as error:
                self._error, self.done = error, True
                if not out:
                    raise
        return out

    def close(self) -> list[Frame]:
        """The frames held back at end of input; see `FrameDecoder`."""
        if self._error is not None:
            raise self._error
        out: list[Frame] = []
        if not self._closed and not self.done:
            self._closed = True
            self._finish(out)
        return out

    @abstractmethod
    def _take(self, data: bytes, out: list[Frame]) -> None:
        """Appends to ``out`` what ``data`` completes."""

    @abstractmethod
    def _finish(self, out: list[Frame]) -> None:
        """Appends to ``out`` what the end of input completes; at most one record is left."""

    def _limit(self, size: int) -> None:
        if size > self._max_frame:
            raise too_large(self._max_frame)


def too_large(limit: int) -> FrameTooLargeError:
    """The error for a frame beyond ``limit`` bytes."""
    return FrameTooLargeError(
        f"a frame of the answer is larger than {limit} bytes",
        hint="raise max_frame if the provider may send this much in one piece",
    )


def decode_text(data: bytes) -> str:
    """Whole record to text; `MalformedResponseError` where it is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise MalformedResponseError(
            f"the answer is not UTF-8: {error.reason} at byte {error.start} of a frame"
        ) from error
