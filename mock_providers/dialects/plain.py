"""Dialects of operations that answer with one JSON body and never stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from mock_providers.answer.model import Ask, Turn
from mock_providers.dialects.base import Context, Inbound, WireEvent
from mock_providers.dialects.wire import compact, sse


@dataclass(frozen=True, slots=True)
class PlainDialect:
    """A dialect made of two functions: one reads the request, one writes the body."""

    name: str
    read: Callable[[Inbound, str], Ask]
    write: Callable[[Turn, Ask, Context], Any]
    encoder: Callable[[Any], bytes] = compact
    media_type: str | Callable[[Ask], str] = "application/json"

    def ask(self, inbound: Inbound, operation: str) -> Ask:
        asked = self.read(inbound, operation)
        return replace(asked, stream=False) if asked.stream else asked

    def body(self, turn: Turn, ask: Ask, context: Context) -> Any:
        return self.write(turn, ask, context)

    def events(self, turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
        raise TypeError(f"{self.name} has no streamed form")

    def frame(self, event: WireEvent) -> bytes:
        return sse(event)

    def encode(self, body: Any) -> bytes:
        return body if isinstance(body, bytes) else self.encoder(body)

    def content_type(self, ask: Ask, context: Context) -> str:
        return self.media_type if isinstance(self.media_type, str) else self.media_type(ask)
