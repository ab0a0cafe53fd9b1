"""Reading a recorded-shape answer through the whole of a provider's compiled API."""

from __future__ import annotations

import itertools
import json
from typing import Any
from unittest import mock

from ailib.manifest import CompiledApi, load_provider
from ailib.types import StreamingEvent
from ailib.types.events import describe


def api_of(provider: str, api: str | None = None, model: str = "") -> CompiledApi:
    return load_provider(provider, env={}).api(api, model)


def sse(*frames: Any, done: bool = False, event: bool = False) -> bytes:
    """SSE bytes of JSON frames; ``event`` adds the event line named by ``type``."""
    lines = []
    for frame in frames:
        text = frame if isinstance(frame, str) else json.dumps(frame)
        head = f"event: {frame['type']}\n" if event else ""
        lines.append(f"{head}data: {text}\n\n")
    return "".join([*lines, "data: [DONE]\n\n" if done else ""]).encode()


def read_stream(api: CompiledApi, data: bytes, size: int | None = None, **headers: str) -> Any:
    """The events and the reader, the bytes fed in pieces of ``size`` (default: whole).

    Made-up call ids are counted, so that two readings can be compared.
    """
    reader = api.reader(status=200, headers=headers, stream=True)
    events: list[StreamingEvent] = []
    step = size or max(len(data), 1)
    ids = (f"call_{number}" for number in itertools.count(1))
    with mock.patch("ailib.assemble.tools.new_id", side_effect=ids):
        for start in range(0, len(data), step):
            events += reader.feed(data[start : start + step])
        while last := reader.close():
            events += last
    return events, reader


def read_body(api: CompiledApi, body: Any) -> Any:
    """The response of a plain body."""
    reader = api.reader(status=200, headers={"content-type": "application/json"}, stream=False)
    reader.feed(body if isinstance(body, bytes) else json.dumps(body).encode())
    while reader.close():
        pass
    return reader.response


def told(events: list[StreamingEvent]) -> list[dict[str, Any]]:
    """Events as plain data without fields that are at their defaults."""
    shown = []
    for event in events:
        plain = describe(event)
        usage = plain.pop("usage", None)
        if usage is not None:
            plain["usage"] = (usage.prompt_tokens, usage.completion_tokens)
        shown.append({k: v for k, v in plain.items() if v is not None})
    return shown
