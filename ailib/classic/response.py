"""Classic answers and chunks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ailib.classic.content import TextContent
from ailib.classic.request import Message, Role
from ailib.types import (
    Candidate,
    ChatResponse,
    ContentDelta,
    PartialToolCall,
    StreamEnd,
    StreamingEvent,
    ToolCallStarted,
    Usage,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer. ``finish_reason`` is the provider's own word."""

    index: int
    message: Message
    finish_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ChatCompletionResponse:
    """``usage_status``: finalized where the provider counted tokens, else unsupported.
    ``response`` is the same answer in full."""

    id: str | None
    object: str
    created: int | None
    model: str | None
    choices: list[Choice]
    usage: Usage | None
    usage_status: str
    response: ChatResponse = field(repr=False)

    @staticmethod
    def of(response: ChatResponse) -> ChatCompletionResponse:
        """From the client's own answer."""
        raw = response.raw_response
        created = raw.get("created") if isinstance(raw, Mapping) else None
        return ChatCompletionResponse(
            id=response.response_id,
            object="chat.completion",
            created=created if isinstance(created, int) else None,
            model=response.model,
            choices=[_choice(candidate) for candidate in response.candidates],
            usage=response.usage,
            usage_status="unsupported" if response.usage is None else "finalized",
            response=response,
        )

    def first_text(self) -> str:
        """The text of the first choice."""
        return self.choices[0].message.content.as_text() if self.choices else ""


def _choice(candidate: Candidate) -> Choice:
    call: Mapping[str, Any] | None = None
    if candidate.tool_calls:
        first = candidate.tool_calls[0]
        call = {"name": first.name, "arguments": first.arguments_raw}
    message = Message(Role.Assistant, TextContent(candidate.content), call)
    return Choice(candidate.index, message, candidate.raw_finish_reason)


@dataclass(frozen=True, slots=True)
class Delta:
    """What a chunk adds; each may be ``None``."""

    role: Role | None = None
    content: str | None = None
    function_call: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ChunkChoice:
    """One choice of a chunk."""

    index: int
    delta: Delta
    finish_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ChatCompletionChunk:
    """A piece of a streamed answer. ``event`` is the client's own event."""

    model: str
    choices: list[ChunkChoice]
    event: StreamingEvent = field(repr=False)
    object: str = "chat.completion.chunk"

    def delta_text(self) -> str:
        """The text this chunk adds; empty where it adds none."""
        return "".join(choice.delta.content or "" for choice in self.choices)

    @staticmethod
    def of(event: StreamingEvent, model: str) -> ChatCompletionChunk | None:
        """From an event; ``None`` for one that has no place in a chunk."""
        match event:
            case ContentDelta():
                choice = ChunkChoice(event.index, Delta(Role.Assistant, event.content))
            case ToolCallStarted():
                call = {"name": event.tool_name, "arguments": ""}
                choice = ChunkChoice(0, Delta(Role.Assistant, None, call))
            case PartialToolCall():
                choice = ChunkChoice(0, Delta(function_call={"arguments": event.arguments}))
            case StreamEnd():
                reason = event.raw_finish_reason or event.finish_reason
                choice = ChunkChoice(0, Delta(), reason)
            case _:
                return None
        return ChatCompletionChunk(model, [choice], event)
