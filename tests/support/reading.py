"""Reads an answer's bytes with ailib, without a socket: events, response, error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ailib.errors import AiLibError
from ailib.manifest import CompiledApi, load_provider
from ailib.types import ChatResponse, StreamingEvent


@dataclass(frozen=True)
class Outcome:
    """What came out; with an ``error``, ``response`` is what it kept."""

    events: Sequence[StreamingEvent]
    response: ChatResponse
    error: AiLibError | None = None


def api_of(provider_id: str, api: str | None = None) -> CompiledApi:
    """An API family of a bundled provider, its default one where none is named."""
    return load_provider(provider_id).api(api)


def read(
    api: CompiledApi,
    status: int,
    headers: Mapping[str, str],
    parts: Iterable[bytes],
    *,
    stream: bool,
) -> Outcome:
    """Feeds the answer as the client does."""
    if status >= 400:
        error = api.classify(status, headers, b"".join(parts), now=0.0)
        return Outcome((), ChatResponse(), error)
    reader = api.reader(status=status, headers=headers, stream=stream)
    events: list[StreamingEvent] = []
    try:
        for part in parts:
            events += reader.feed(part)
            if reader.done:
                break
        while last := reader.close():
            events += last
    except AiLibError as raised:
        return Outcome(events, raised.partial or reader.response, raised)
    return Outcome(events, reader.response)


def shown(error: AiLibError) -> dict[str, Any]:
    """An error as plain data."""
    return {
        "kind": type(error).__name__,
        "code": str(error.standard_code),
        "retryable": error.retryable,
        "fallbackable": error.fallbackable,
        "retry_after": error.retry_after,
        "partial": error.partial_text,
        "message": error.message,
        "in_text": str(error),
        "status": getattr(error, "status_code", None),
        "provider_code": getattr(error, "code", None),
        "type": getattr(error, "type", None),
        "request_id": getattr(error, "request_id", None),
        "body_has": getattr(error, "body", None),
    }
