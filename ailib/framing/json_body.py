"""A whole body as one frame. Providers under load send blank lines before it; they are no part."""

from __future__ import annotations

from ailib.framing.base import Frame
from ailib.framing.decoder import Decoder
from ailib.framing.jsontext import last_frame
from ailib.framing.lines import BOM


class JsonDecoder(Decoder):
    """Gives its one frame at the end of input, none for a blank body."""

    def __init__(self, max_frame: int) -> None:
        super().__init__(max_frame)
        self._body = bytearray()

    def _take(self, data: bytes, out: list[Frame]) -> None:  # noqa: ARG002 - frames come at the end
        self._body += data if self._body else data.lstrip()
        self._limit(len(self._body))

    def _finish(self, out: list[Frame]) -> None:
        body = bytes(self._body).removeprefix(BOM).strip()
        if body:
            out.append(last_frame(body))
