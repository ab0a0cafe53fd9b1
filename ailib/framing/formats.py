"""Which decoder a manifest means: names and aliases are a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ailib.errors import ProtocolError
from ailib.framing.base import FrameDecoder
from ailib.framing.eventstream import EventStreamDecoder
from ailib.framing.json_array import JsonArrayDecoder
from ailib.framing.json_body import JsonDecoder
from ailib.framing.ndjson import NdjsonDecoder
from ailib.framing.sse import SseDecoder

FORMATS: Final = ("sse", "ndjson", "eventstream", "json", "json_array")

# Names in public manifests (AI-Protocol V1 and V2, the Python reference) for the same formats.
ALIASES: Final = {
    "anthropic_sse": "sse",
    "cohere_native": "sse",
    "data_lines": "sse",
    "event_stream": "sse",
    "gemini_sse": "sse",
    "openai_sse": "sse",
    "sse_data_lines": "sse",
    "json_lines": "ndjson",
    "jsonl": "ndjson",
    "jsonlines": "ndjson",
    "aws_eventstream": "eventstream",
    "aws_event_stream": "eventstream",
    "gemini_json": "json_array",
    "json-array": "json_array",
    "json_body": "json",
}

MAX_FRAME: Final = 10_000_000
"""Bytes of the largest frame of a stream; a larger one raises `FrameTooLargeError`."""

MAX_BODY: Final = 100_000_000
"""Bytes of the largest whole body (embeddings and images come in one piece)."""


def canonical(name: str) -> str:
    """The format that ``name`` means. Raises `ProtocolError` for an unknown one."""
    name = ALIASES.get(name, name)
    if name not in FORMATS:
        known = ", ".join([*FORMATS, *ALIASES])
        raise ProtocolError(f"unknown stream format {name!r}", hint=f"known: {known}")
    return name


def decoder(
    format: str,  # noqa: A002 - the manifest's word
    *,
    done_signal: str | None = None,
    delimiter: str | None = None,
    prefix: str | None = None,
    max_frame: int | None = None,
    text_events: Iterable[str] = (),
) -> FrameDecoder:
    """A new decoder of one answer.

    ``done_signal`` ends an SSE or NDJSON stream (``[DONE]`` always ends SSE). ``prefix`` names
    the SSE data field (``"data: "``). ``delimiter`` ``"\\n"`` says that each SSE data line is an
    event of its own; every other one made of line ends means the same as none. ``text_events``
    are SSE events whose data is text, not JSON. ``max_frame`` is
    in bytes (default `MAX_FRAME`, for ``json`` `MAX_BODY`). Raises `ProtocolError` for a format
    or delimiter it does not know.
    """
    name = canonical(format)
    if delimiter is not None and delimiter.strip("\r\n"):
        raise ProtocolError(
            f"delimiter {delimiter!r} is not made of line ends", hint=r'use "\n\n" or "\n"'
        )
    limit = max_frame or (MAX_BODY if name == "json" else MAX_FRAME)
    match name:
        case "sse":
            field = (prefix or "").strip().removesuffix(":") or "data"
            return SseDecoder(
                limit,
                done_signal=done_signal or "",
                field=field,
                by_line=delimiter == "\n",
                text_events=text_events,
            )
        case "ndjson":
            return NdjsonDecoder(limit, done_signal=done_signal or "")
        case "eventstream":
            return EventStreamDecoder(limit)
        case "json_array":
            return JsonArrayDecoder(limit)
        case _:
            return JsonDecoder(limit)
