"""Recorded bytes as events again, so that faults can aim at them.

The framing is told by the content type; what an event is for, by the names its JSON uses. That
is a reading of many dialects at once and only as good as the names below; it decides where a
fault strikes, never what is sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from mock_providers.cassettes.eventstream import is_event_stream, join_frames, split_frames
from mock_providers.dialects.base import EventKind, WireEvent

_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_FIELD = re.compile(r"(event|data):[ ]?(.*)")

_ENDS = frozenset(
    {"message_stop", "message-end", "done", "response.completed", "response.incomplete"}
)
_FINISHES = frozenset({"finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason"})
_USAGES = frozenset({"usage", "usageMetadata"})
_CONTENTS = frozenset(
    {
        "arguments", "content", "functionCall", "partial_json", "reasoning",
        "reasoning_content", "refusal", "response", "signature", "text", "thinking", "token",
        "tool_calls", "tool_plan",
    }
)  # fmt: skip

Event = tuple[WireEvent, bytes]


def is_stream(content_type: str) -> bool:
    """Whether a body of this type is a sequence of events."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "text/event-stream" or kind.endswith("ndjson") or is_event_stream(kind)


def events(content_type: str, body: bytes) -> Iterator[Event]:
    """The events of a streamed body, each with its bytes; these add up to the body."""
    if is_event_stream(content_type):
        frames, rest = split_frames(body)
        pieces = [join_frames([frame]) for frame in frames]
        values = [_json(payload.decode("utf-8", "replace")) for _, payload in frames]
        read = [WireEvent(_kind(value, None), value) for value in values]
        yield from zip(read, pieces, strict=True)
    elif "ndjson" in content_type:
        *lines, rest = body.split(b"\n")
        for line in lines:
            value = _json(line.decode("utf-8", "replace"))
            yield WireEvent(_kind(value, None), value), line + b"\n"
    else:
        start = 0
        for blank in _BLANK_LINE.finditer(body):
            yield _sse(body[start : blank.end()])
            start = blank.end()
        rest = body[start:]
    if rest:
        yield WireEvent("other", rest.decode("utf-8", "replace")), rest


def _sse(block: bytes) -> Event:
    fields = [_FIELD.match(line) for line in block.decode("utf-8", "replace").splitlines()]
    name = next((f[2] for f in fields if f and f[1] == "event"), None)
    data = [f[2] for f in fields if f and f[1] == "data"]
    if not data:  # a comment, or an event without data
        return WireEvent("ping", block.decode("utf-8", "replace"), name), block
    value = _json("\n".join(data))
    return WireEvent(_kind(value, name), value, name), block


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _kind(value: Any, name: str | None) -> EventKind:
    if not isinstance(value, dict):
        return "end" if isinstance(value, str) and value.startswith("[DONE]") else "other"
    word = name or value.get("type")
    if word == "ping":
        return "ping"
    if "error" in value or word == "error":
        return "error"
    if word in _ENDS:
        return "end"
    held = dict(_members(value))
    if any(held.get(key) for key in _FINISHES) or value.get("done") is True:
        return "finish"
    if isinstance(value.get("delta"), str) or any(held.get(key) for key in _CONTENTS):
        return "delta"
    return "usage" if any(held.get(key) for key in _USAGES) else "start"


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """All members at any depth; of several of one name one that says something."""
    match value:
        case dict():
            for key, inner in value.items():
                if inner not in (None, "", [], {}) or key not in _CONTENTS:
                    yield key, inner
                yield from _members(inner)
        case list():
            for inner in value:
                yield from _members(inner)
