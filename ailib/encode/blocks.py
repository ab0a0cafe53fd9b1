"""Content blocks to their JSON, kind by kind.

``blocks`` of a manifest maps a kind to how it is written:

    text: {as: <template>}                         into the message's content
    image_url / image_data / audio_url / audio_data /
    document_url / document_data / document_ref: {as: …}
    tool_use:    {in: tool_calls, as: …}           into a list beside the content
    tool_result: {in: item, as: …}                 a message of its own
    thinking:    {in: reasoning_content, join: true}   text beside the content
    redacted, raw: {as: …}
    citation: null                                 left out of what is sent

A kind that is not listed cannot be sent: `CapabilityError`. ``needs`` names values without which
a block is left out (an unsigned reasoning block is refused by those who want signatures).
``roles`` limits a row to some roles; ``refuse: true`` makes a row of the family an error. The
names of each kind are in `scope_of`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ailib.encode.templates import MISSING, Template, compile_template
from ailib.errors import CapabilityError
from ailib.types import (
    AudioBlock,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    RawBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)

CONTENT: Final = "content"
ITEM: Final = "item"


@dataclass(frozen=True, slots=True)
class Row:
    """How one kind of block is written."""

    template: Template
    place: str = CONTENT
    join: bool = False
    needs: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    refuse: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A written block and where it goes."""

    place: str
    value: Any
    join: bool
    text: str | None


class Blocks:
    """The ``blocks`` table of one manifest; ``tool_id`` and ``tool_name`` rewrite what the
    provider would refuse."""

    def __init__(
        self,
        table: Mapping[str, Any],
        tool_id: Callable[[str], str],
        tool_name: Callable[[str], str],
    ) -> None:
        self._rows = {kind: _row(kind, spec) for kind, spec in table.items()}
        self._tool_id, self._tool_name = tool_id, tool_name

    @property
    def plain_text(self) -> bool:
        """Whether text of any role goes into the content."""
        row = self._rows.get("text")
        return (
            row is not None and row.place == CONTENT and not (row.needs or row.roles or row.refuse)
        )

    def text(self, text: str) -> Any:
        """A block of text alone."""
        row = self._rows["text"]
        assert row is not None  # plain_text
        return row.template({"text": text})

    def write(self, block: ContentBlock, role: str, names: Mapping[str, str]) -> Placed | None:
        """``block`` as JSON; ``None`` where the dialect leaves it out. ``names`` gives the tool
        of each call id. Raises `CapabilityError` for a kind the dialect has no place for."""
        kind, scope = self._scope(block, role, names)
        row = self._rows.get(kind)
        if kind not in self._rows or (row is not None and row.refuse):
            raise CapabilityError(
                f"this provider's manifest has no place for a block of kind {kind!r}",
                hint=f"it takes: {', '.join(sorted(self._rows))}",
            )
        if row is None or any(scope.get(name) in (None, "") for name in row.needs):
            return None
        if row.roles and role not in row.roles:
            return None
        value = row.template(scope)
        if value is MISSING:
            return None
        plain = isinstance(block, TextBlock) and not block.signature
        return Placed(row.place, value, row.join, scope["text"] if plain else None)

    def _scope(
        self, block: ContentBlock, role: str, names: Mapping[str, str]
    ) -> tuple[str, dict[str, Any]]:
        if isinstance(block, ToolResultBlock):
            scope = _result_scope(block, names)
            if not isinstance(block.content, str) and _are_blocks(block.content):
                placed = [self.write(inner, role, names) for inner in block.content]
                scope["parts"] = [one.value for one in placed if one is not None]
            scope["id"] = self._tool_id(block.tool_use_id)
            return block.type, scope
        kind, scope = scope_of(block)
        if isinstance(block, ToolUseBlock):
            scope["id"] = self._tool_id(block.id)
            scope["name"] = self._tool_name(block.name)
        return kind, scope


def scope_of(block: ContentBlock) -> tuple[str, dict[str, Any]]:
    """The kind of a block and the names its template may use."""
    match block:
        case TextBlock(text, signature):
            return "text", {"text": text, "signature": signature}
        case ThinkingBlock(text, signature, redacted, id_):
            kind = "redacted" if redacted is not None else "thinking"
            return kind, {"text": text, "signature": signature, "redacted": redacted, "id": id_}
        case ToolUseBlock(id_, name, arguments, signature):
            return "tool_use", {
                "id": id_,
                "name": name,
                "input": arguments,
                "arguments": _json(arguments),
                "signature": signature,
            }
        case RawBlock(data):
            return "raw", {"data": data}
        case ImageBlock() | AudioBlock() | DocumentBlock():
            return _media(block)
    raise TypeError(f"not a content block: {block!r}")


def _media(block: ImageBlock | AudioBlock | DocumentBlock) -> tuple[str, dict[str, Any]]:
    """``$url``, or ``$data`` (base64) with ``$media_type`` and the whole as ``$data_url``."""
    url, data, media_type = block.url, block.data, block.media_type
    if url is not None and url.startswith("data:"):
        head, _, data = url.partition(",")
        media_type = head.removeprefix("data:").partition(";")[0] or media_type
        url = None
    media_type = media_type or {"image": "image/png", "audio": "audio/wav"}.get(block.type)
    scope: dict[str, Any] = {"url": url, "data": data, "media_type": media_type}
    if data is not None:
        scope["data_url"] = f"data:{media_type};base64,{data}"
    scope["format"] = _format(media_type)
    if isinstance(block, ImageBlock):
        scope["detail"] = block.detail
    if isinstance(block, DocumentBlock):
        scope |= {"name": block.name, "plain_name": _plain(block.name or ""), "ref": block.ref}
        if block.ref is not None:
            return "document_ref", scope
    return f"{block.type}_{'data' if data is not None else 'url'}", scope


def _format(media_type: str | None) -> str:
    """The short name of a media type: ``wav``, ``mp3``, ``png``, ``pdf``."""
    subtype = (media_type or "").partition("/")[2].partition(";")[0].removeprefix("x-")
    return {"mpeg": "mp3", "plain": "txt"}.get(subtype, subtype)


def _plain(name: str) -> str:
    """A file name of letters, digits and hyphens (Bedrock takes no other)."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-") or "document"


def _result_scope(block: ToolResultBlock, names: Mapping[str, str]) -> dict[str, Any]:
    content = block.content
    if not isinstance(content, str) and _are_blocks(content):
        content = "".join(inner.text for inner in content if isinstance(inner, TextBlock))
    text = content if isinstance(content, str) else _json(content)
    key = "error" if block.is_error else "result"
    return {
        "name": block.name or names.get(block.tool_use_id),
        "text": text,
        "value": content,
        "object": content if isinstance(content, dict) and not block.is_error else {key: content},
        "is_error": True if block.is_error else None,
        "status": "error" if block.is_error else "success",
    }


def _are_blocks(content: Any) -> bool:
    return (
        isinstance(content, list | tuple)
        and bool(content)
        and all(isinstance(item, ContentBlock) for item in content)
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _row(kind: str, spec: Mapping[str, Any] | None) -> Row | None:
    if spec is None:
        return None
    return Row(
        compile_template(spec.get("as", "$data" if kind == "raw" else "$text")),
        spec.get("in", CONTENT),
        bool(spec.get("join")),
        tuple(spec.get("needs", ())),
        tuple(spec.get("roles", ())),
        bool(spec.get("refuse")),
    )
