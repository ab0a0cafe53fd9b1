"""What a body is, by its first bytes: providers, proxies and login pages mislabel it.

Seen: an error object under ``text/event-stream`` (Gemini), JSON under
``application/octet-stream`` (DeepSeek), a whole JSON answer to a streaming request, an SSE answer
to a plain one, a login page under 200.
"""

from __future__ import annotations

import re
from typing import Final

from ailib.framing.lines import BOM

# The media type's word → format; asked only where the bytes leave it open.
_TYPES: Final = (
    ("amazon.eventstream", "eventstream"),
    ("event-stream", "sse"),
    ("ndjson", "ndjson"),
    ("jsonl", "ndjson"),
    ("jsonlines", "ndjson"),
    ("stream+json", "ndjson"),
    ("html", "html"),
    ("json", "json"),
)
_SSE_FIELD = re.compile(rb"(data|event|id|retry)?:")
_SSE_STARTS: Final = (b"data:", b"event:", b"id:", b"retry:")
_TWO_VALUES = re.compile(rb"\}[ \t]*\r?\n[ \t]*\{")


def detect(content_type: str | None, first_bytes: bytes) -> str | None:
    """One of the formats, ``"html"`` or ``"text"``; ``None`` while there is nothing to judge by.

    ``first_bytes`` may be any beginning of the body: where it is too short to tell the answer is
    ``None``, ask again with more. A JSON array is ``"json_array"`` and an object ``"json"``
    whatever the request was; a caller that asked for a plain body reads both as one.
    """
    kind = _by_type((content_type or "").lower())
    if kind == "eventstream":
        return kind
    text = first_bytes.removeprefix(BOM).lstrip()
    if not text or any(start.startswith(text) for start in _SSE_STARTS if start != text):
        return None
    if text.startswith(b"<"):
        return "html"
    if text.startswith(b"{"):
        return "ndjson" if kind == "ndjson" or _TWO_VALUES.search(text) else "json"
    if text.startswith(b"["):
        return "sse" if text.startswith(b"[DONE]") else "json_array"
    if _SSE_FIELD.match(text):
        return "sse"
    return "text" if kind in (None, "html") else kind


def _by_type(content_type: str) -> str | None:
    return next((kind for word, kind in _TYPES if word in content_type), None)
