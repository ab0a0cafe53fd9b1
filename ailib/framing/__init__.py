"""Bytes to frames: SSE, NDJSON, AWS event stream, JSON, JSON array."""

from ailib.framing.base import Frame, FrameDecoder
from ailib.framing.detect import detect
from ailib.framing.formats import ALIASES, FORMATS, MAX_BODY, MAX_FRAME, canonical, decoder

__all__ = [
    "ALIASES",
    "FORMATS",
    "MAX_BODY",
    "MAX_FRAME",
    "Frame",
    "FrameDecoder",
    "canonical",
    "decoder",
    "detect",
]
