"""What a message holds: ``Content.Text(s)``, ``Content.Json(v)``, ``Content.Image(url, mime,
name)``, ``Content.Audio(url, mime)``."""

from __future__ import annotations

import base64
import json
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ailib.errors import ValidationError
from ailib.types import ContentBlock


class Content:
    """Base of the four kinds, and their constructors."""

    __slots__ = ()

    @staticmethod
    def Text(text: str) -> TextContent:  # noqa: N802  # the classic spelling
        """Plain text."""
        return TextContent(text)

    @staticmethod
    def Json(value: Any) -> JsonContent:  # noqa: N802
        """A JSON value, sent as its text."""
        return JsonContent(value)

    @staticmethod
    def Image(  # noqa: N802
        url: str | None = None, mime: str | None = None, name: str | None = None
    ) -> ImageContent:
        """An image by URL, ``data:`` URLs included."""
        return ImageContent(url, mime, name)

    @staticmethod
    def Audio(url: str | None = None, mime: str | None = None) -> AudioContent:  # noqa: N802
        """Audio by URL, ``data:`` URLs included."""
        return AudioContent(url, mime)

    new_text, new_json, new_image, new_audio = Text, Json, Image, Audio

    @staticmethod
    def from_image_file(path: str | Path) -> ImageContent:
        """An image read from a file. Raises `ValidationError` for another kind of file."""
        url, mime = _data_url(path, "image/")
        return ImageContent(url, mime, Path(path).name)

    @staticmethod
    def from_audio_file(path: str | Path) -> AudioContent:
        """Audio read from a file. Raises `ValidationError` for another kind of file."""
        url, mime = _data_url(path, "audio/")
        return AudioContent(url, mime)

    @staticmethod
    def from_data_url(url: str, mime: str | None = None, name: str | None = None) -> ImageContent:
        """An image from a ``data:`` URL."""
        return ImageContent(url, mime, name)

    @property
    def is_text(self) -> bool:
        """Whether this is text."""
        return isinstance(self, TextContent)

    @property
    def is_multimodal(self) -> bool:
        """Whether this is an image or audio."""
        return isinstance(self, ImageContent | AudioContent)

    def as_text(self) -> str:
        """The text; JSON as its text; the URL of an image or audio, empty without one."""
        raise NotImplementedError

    def block(self) -> ContentBlock:
        """The content block that is sent."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class TextContent(Content):
    """Plain text."""

    text: str

    def as_text(self) -> str:
        return self.text

    def block(self) -> ContentBlock:
        return ContentBlock.text(self.text)


@dataclass(frozen=True, slots=True)
class JsonContent(Content):
    """A JSON value."""

    value: Any

    def as_text(self) -> str:
        return json.dumps(self.value, ensure_ascii=False)

    def block(self) -> ContentBlock:
        return ContentBlock.text(self.as_text())


@dataclass(frozen=True, slots=True)
class ImageContent(Content):
    """An image."""

    url: str | None = None
    mime: str | None = None
    name: str | None = None

    def as_text(self) -> str:
        return self.url or ""

    def block(self) -> ContentBlock:
        if self.url is None:
            raise ValidationError("an image without a URL cannot be sent")
        if data := _inline(self.url):
            return ContentBlock.image_base64(data[1], self.mime or data[0] or "image/png")
        return ContentBlock.image_url(self.url)


@dataclass(frozen=True, slots=True)
class AudioContent(Content):
    """Audio."""

    url: str | None = None
    mime: str | None = None

    def as_text(self) -> str:
        return self.url or ""

    def block(self) -> ContentBlock:
        data = _inline(self.url or "")
        if data is None:
            raise ValidationError(
                "audio is sent inline only", hint="Content.from_audio_file(…) or a data: URL"
            )
        return ContentBlock.audio_base64(data[1], self.mime or data[0] or "audio/wav")


def _inline(url: str) -> tuple[str, str] | None:
    """Media type and base64 text of a ``data:`` URL."""
    head, comma, data = url.partition(",")
    if not (comma and head.startswith("data:") and head.endswith(";base64")):
        return None
    return head.removeprefix("data:").removesuffix(";base64"), data


def _data_url(path: str | Path, kind: str) -> tuple[str, str]:
    mime = mimetypes.guess_type(Path(path).name)[0] or ""
    if not mime.startswith(kind):
        raise ValidationError(f"{path} is no {kind.rstrip('/')} file", hint="the suffix decides")
    encoded = base64.b64encode(Path(path).read_bytes()).decode("ascii")
    return f"data:{mime};base64,{encoded}", mime
