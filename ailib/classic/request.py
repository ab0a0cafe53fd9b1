"""Classic requests and messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ailib import types
from ailib.classic.content import Content, TextContent
from ailib.errors import ValidationError
from ailib.types import ChatRequest, ContentBlock, ToolDefinition


class Role(StrEnum):
    """Who speaks."""

    System = "system"
    User = "user"
    Assistant = "assistant"
    SYSTEM, USER, ASSISTANT = System, User, Assistant


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``content`` may be given as a plain string. ``function_call``:
    ``{"name", "arguments"}`` that the assistant asked for."""

    role: Role
    content: Content
    function_call: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "role", Role(self.role))
        if isinstance(self.content, str):
            object.__setattr__(self, "content", TextContent(self.content))

    def to_message(self) -> types.Message:
        """The message that is sent."""
        blocks = [] if self.content == TextContent("") else [self.content.block()]
        if self.function_call is not None:
            call = types.ToolCall(
                id="", name=str(self.function_call["name"]),
                arguments_raw=str(self.function_call.get("arguments") or ""),
            )  # fmt: skip
            blocks.append(ContentBlock.tool_use(call.id, call.name, call.arguments))
        if len(blocks) == 1 and self.content.is_text and self.function_call is None:
            return types.Message(types.MessageRole(self.role), self.content.as_text())
        return types.Message.with_content(self.role, blocks)


# What maps to a standard parameter by another name.
_PARAMETERS = {"stop_sequences": "stop"}
_PLAIN = (
    "temperature", "max_tokens", "top_p", "top_k", "frequency_penalty", "presence_penalty",
    "stop_sequences", "logprobs", "top_logprobs", "seed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChatCompletionRequest:
    """A request; ``model`` is the provider's own name. ``extensions`` are further parameters."""

    model: str
    messages: list[Message]
    temperature: float | None = None
    max_tokens: int | None = None
    stream: bool | None = None
    top_p: float | None = None
    top_k: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stop_sequences: list[str] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    seed: int | None = None
    response_format: Mapping[str, Any] | None = None
    functions: list[ToolDefinition | Mapping[str, Any]] | None = None
    function_call: str | Mapping[str, Any] | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def new(cls, model: str, messages: list[Message]) -> ChatCompletionRequest:
        """The same as the class itself."""
        return cls(model, messages)

    def with_temperature(self, temperature: float) -> ChatCompletionRequest:
        """A copy with this temperature."""
        return replace(self, temperature=temperature)

    def with_max_tokens(self, max_tokens: int) -> ChatCompletionRequest:
        """A copy with at most so many tokens."""
        return replace(self, max_tokens=max_tokens)

    def with_functions(
        self, functions: list[ToolDefinition | Mapping[str, Any]]
    ) -> ChatCompletionRequest:
        """A copy that offers these functions."""
        return replace(self, functions=functions)

    def with_function_call(self, choice: str | Mapping[str, Any]) -> ChatCompletionRequest:
        """A copy that says which function to call: auto, none, or a name."""
        return replace(self, function_call=choice)

    def with_extension(self, name: str, value: Any) -> ChatCompletionRequest:
        """A copy with one more parameter."""
        return replace(self, extensions={**self.extensions, name: value})

    def ignore_previous(self) -> ChatCompletionRequest:
        """A copy with the system messages and the last other one only."""
        system = [m for m in self.messages if m.role is Role.System]
        others = [m for m in self.messages if m.role is not Role.System]
        return replace(self, messages=[*system, *others[-1:]])

    def to_request(self, *, stream: bool = False) -> ChatRequest:
        """The request that is sent. Raises `ValidationError` where there is no message."""
        if not self.messages:
            raise ValidationError("a request without a message")
        params = {
            _PARAMETERS.get(name, name): value
            for name in _PLAIN
            if (value := getattr(self, name)) is not None
        }
        choice = self.function_call
        if isinstance(choice, str) and choice not in ("auto", "none", "required"):
            choice = {"name": choice}
        return ChatRequest(
            model=self.model,
            messages=tuple(message.to_message() for message in self.messages),
            params={**params, **self.extensions},
            tools=tuple(ToolDefinition.coerce(tool) for tool in self.functions or ()),
            tool_choice=choice,
            response_format=self.response_format,
            stream=stream,
        )
