"""Messages of a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ailib.types.content import (
    AudioBlock,
    ContentBlock,
    ImageBlock,
    TextBlock,
    ToolResultBlock,
)


class MessageRole(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Message:
    """One message: a role, and text or a sequence of content blocks.

    ``extra`` holds further keys that go onto the wire as they are where the provider's dialect
    has room for them (such as ``name`` or ``metadata``).
    """

    role: MessageRole
    content: str | tuple[ContentBlock, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def system(text: str) -> Message:
        """Instructions to the model."""
        return Message(MessageRole.SYSTEM, text)

    @staticmethod
    def user(content: str | Sequence[ContentBlock]) -> Message:
        """What the user says."""
        return Message(MessageRole.USER, _content(content))

    @staticmethod
    def assistant(content: str | Sequence[ContentBlock]) -> Message:
        """What the model said."""
        return Message(MessageRole.ASSISTANT, _content(content))

    @staticmethod
    def tool(
        tool_call_id: str,
        content: Any,
        *,
        is_error: bool = False,
        name: str | None = None,
    ) -> Message:
        """The result of a tool call; ``name`` is the tool's (some providers need it)."""
        block = ToolResultBlock(
            tool_use_id=tool_call_id, content=content, is_error=is_error, name=name
        )
        return Message(MessageRole.TOOL, (block,))

    @staticmethod
    def with_content(role: MessageRole | str, blocks: Sequence[ContentBlock]) -> Message:
        """A message of any role made of blocks."""
        return Message(MessageRole(role), tuple(blocks))

    @staticmethod
    def user_with_content(blocks: Sequence[ContentBlock]) -> Message:
        """A user message made of blocks."""
        return Message(MessageRole.USER, tuple(blocks))

    @property
    def blocks(self) -> tuple[ContentBlock, ...]:
        """The content as blocks, whatever its form."""
        if isinstance(self.content, str):
            return (TextBlock(self.content),)
        return self.content

    @property
    def text(self) -> str:
        """All text of the message, joined."""
        return "".join(b.text for b in self.blocks if isinstance(b, TextBlock))

    def get_text_content(self) -> str:
        """Same as `text`."""
        return self.text

    def contains_image(self) -> bool:
        """Whether any block is an image."""
        return any(isinstance(b, ImageBlock) for b in self.blocks)

    def contains_audio(self) -> bool:
        """Whether any block is audio."""
        return any(isinstance(b, AudioBlock) for b in self.blocks)

    def is_multimodal(self) -> bool:
        """Whether any block is something other than text."""
        return any(not isinstance(b, TextBlock) for b in self.blocks)


MessageContent = str | tuple[ContentBlock, ...]


def _content(content: str | Sequence[ContentBlock]) -> MessageContent:
    return content if isinstance(content, str) else tuple(content)
