"""What a message is made of: content blocks, one frozen class a kind.

`ContentBlock` is the common base and the place of the constructors (``ContentBlock.text("hi")``,
``ContentBlock.image_url(url)``); an instance has the fields of its own class. Data is base64
text, as every provider's JSON wants it.
"""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar


class ContentBlock:
    """Base of all blocks; ``type`` names the kind."""

    __slots__ = ()
    type: ClassVar[str]

    @staticmethod
    def text(text: str) -> TextBlock:
        """Plain text."""
        return TextBlock(text)

    text_block = text

    @staticmethod
    def image_url(url: str, *, detail: str | None = None) -> ImageBlock:
        """An image by URL (a ``data:`` URL counts as inline data)."""
        return ImageBlock(url=url, detail=detail)

    @staticmethod
    def image_base64(data: str, media_type: str = "image/png") -> ImageBlock:
        """An inline image."""
        return ImageBlock(data=data, media_type=media_type)

    @staticmethod
    def image_from_file(path: str | Path) -> ImageBlock:
        """An inline image read from a file; the suffix gives the media type."""
        data, media_type = _read(path, "image/png")
        return ImageBlock(data=data, media_type=media_type)

    @staticmethod
    def audio_base64(data: str, media_type: str = "audio/wav") -> AudioBlock:
        """Inline audio."""
        return AudioBlock(data=data, media_type=media_type)

    @staticmethod
    def audio_from_file(path: str | Path) -> AudioBlock:
        """Inline audio read from a file."""
        data, media_type = _read(path, "audio/wav")
        return AudioBlock(data=data, media_type=media_type)

    @staticmethod
    def document_base64(
        data: str, media_type: str = "application/pdf", *, name: str | None = None
    ) -> DocumentBlock:
        """An inline document."""
        return DocumentBlock(data=data, media_type=media_type, name=name)

    @staticmethod
    def document_url(url: str, media_type: str = "application/pdf") -> DocumentBlock:
        """A document by URL."""
        return DocumentBlock(url=url, media_type=media_type)

    @staticmethod
    def thinking(text: str, *, signature: str | None = None) -> ThinkingBlock:
        """Reasoning of an earlier turn, to be handed back."""
        return ThinkingBlock(text, signature=signature)

    @staticmethod
    def tool_use(id: str, name: str, input: Mapping[str, Any]) -> ToolUseBlock:
        """A tool call of an earlier assistant turn."""
        return ToolUseBlock(id=id, name=name, input=dict(input))

    @staticmethod
    def tool_result(
        tool_use_id: str,
        content: Any,
        *,
        is_error: bool = False,
        name: str | None = None,
    ) -> ToolResultBlock:
        """The result of a tool call: text, or any JSON value."""
        return ToolResultBlock(
            tool_use_id=tool_use_id, content=content, is_error=is_error, name=name
        )


@dataclass(frozen=True, slots=True)
class TextBlock(ContentBlock):
    """Text. ``signature``: what a provider attached to it and wants back."""

    type: ClassVar[str] = "text"
    text: str  # type: ignore[assignment]  # the base's constructor of the same name
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class ImageBlock(ContentBlock):
    """An image: ``url``, or base64 ``data`` with ``media_type``."""

    type: ClassVar[str] = "image"
    url: str | None = None
    data: str | None = None
    media_type: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class AudioBlock(ContentBlock):
    """Audio: ``url``, or base64 ``data`` with ``media_type``."""

    type: ClassVar[str] = "audio"
    url: str | None = None
    data: str | None = None
    media_type: str | None = None

    @property
    def format(self) -> str:
        """The short format name (``wav``, ``mp3``) of the media type."""
        subtype = (self.media_type or "audio/wav").partition("/")[2].removeprefix("x-")
        return {"mpeg": "mp3"}.get(subtype, subtype)


@dataclass(frozen=True, slots=True)
class DocumentBlock(ContentBlock):
    """A document: ``url``, base64 ``data``, or a provider's file ``ref``."""

    type: ClassVar[str] = "document"
    url: str | None = None
    data: str | None = None
    ref: str | None = None
    media_type: str = "application/pdf"
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ThinkingBlock(ContentBlock):
    """Reasoning, with the ``signature`` or the ``redacted`` data its provider wants back."""

    type: ClassVar[str] = "thinking"
    text: str  # type: ignore[assignment]  # the base's constructor of the same name
    signature: str | None = None
    redacted: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class ToolUseBlock(ContentBlock):
    """A tool call the assistant made. ``signature``: see `ThinkingBlock`."""

    type: ClassVar[str] = "tool_use"
    id: str
    name: str
    input: dict[str, Any] = field(default_factory=dict)
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResultBlock(ContentBlock):
    """The answer to the tool call ``tool_use_id``."""

    type: ClassVar[str] = "tool_result"
    tool_use_id: str
    content: Any
    is_error: bool = False
    name: str | None = None


@dataclass(frozen=True, slots=True)
class RawBlock(ContentBlock):
    """A block of the provider's own kind, kept and handed back as it came."""

    type: ClassVar[str] = "raw"
    data: Any


def _read(path: str | Path, fallback: str) -> tuple[str, str]:
    file = Path(path)
    media_type = mimetypes.guess_type(file.name)[0] or fallback
    return base64.b64encode(file.read_bytes()).decode("ascii"), media_type
