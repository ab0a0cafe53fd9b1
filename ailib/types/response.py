"""The whole answer, from a body or from a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ailib.types.content import ContentBlock
from ailib.types.messages import Message, MessageRole
from ailib.types.tools import ToolCall
from ailib.types.usage import Usage


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of the answers; most calls ask for one.

    ``blocks`` holds all of it in the order received, reasoning signatures and blocks of the
    provider's own kinds included: what `to_message` hands back in a tool loop.
    """

    index: int = 0
    content: str = ""
    thinking: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str | None = None
    raw_finish_reason: str | None = None
    blocks: tuple[ContentBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatResponse:
    """An answer: ``content``, ``tool_calls``, ``finish_reason`` and ``usage`` of the first
    candidate, all ``candidates``, and what came with it.

    ``finish_reason`` is one of end_turn, max_tokens, stop_sequence, tool_use, refusal,
    pause_turn, cancelled, other, or ``None`` where the provider gave none.
    """

    candidates: tuple[Candidate, ...] = (Candidate(),)
    usage: Usage | None = None
    model: str | None = None
    response_id: str | None = None
    request_id: str | None = None
    status_code: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw_response: Any = None

    @property
    def first(self) -> Candidate:
        """The first candidate."""
        return self.candidates[0] if self.candidates else Candidate()

    @property
    def content(self) -> str:
        """Text of the first candidate."""
        return self.first.content

    @property
    def thinking(self) -> str:
        """Reasoning of the first candidate."""
        return self.first.thinking

    @property
    def tool_calls(self) -> list[ToolCall]:
        """Tool calls of the first candidate."""
        return list(self.first.tool_calls)

    @property
    def has_tool_calls(self) -> bool:
        """Whether the model asks for tools."""
        return bool(self.first.tool_calls)

    @property
    def finish_reason(self) -> str | None:
        """Why the first candidate ended, normalised."""
        return self.first.finish_reason

    @property
    def raw_finish_reason(self) -> str | None:
        """Why the first candidate ended, in the provider's word."""
        return self.first.raw_finish_reason

    @property
    def prompt_tokens(self) -> int | None:
        """Tokens of the prompt."""
        return self.usage.prompt_tokens if self.usage else None

    @property
    def completion_tokens(self) -> int | None:
        """Tokens of the answer."""
        return self.usage.completion_tokens if self.usage else None

    @property
    def total_tokens(self) -> int | None:
        """Tokens of both."""
        return self.usage.total_tokens if self.usage else None

    input_tokens = prompt_tokens
    output_tokens = completion_tokens

    def to_message(self) -> Message:
        """The answer as an assistant message for the next turn, signatures kept."""
        first = self.first
        return Message(MessageRole.ASSISTANT, first.blocks or first.content)
