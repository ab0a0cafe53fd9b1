"""Conversations to a dialect's message list, by the ``messages`` block of a manifest.

    to: messages                     where the list goes (dotted path)
    as: {role: $role, content: $content, tool_calls: $tool_calls}    one message
    roles: {system: developer}       our role → the dialect's (missing: unchanged)
    content: text | list | string    plain text as text, always as a list, never a list
    empty: omit | null | ""          content of a message that has only tool calls
    merge: [user]                    roles whose consecutive messages become one
    first: tool_result               kind that comes first within a merged message
    system: {to: system, as: $text}  where system text goes; without it, it is a message;
            {in: user}               in front of the first user message
    join: "\n\n"                     the messages, each a text, as one text (`$many`: is there more
                                     than one?)
    tool_id: {pattern: …, length: 9} ids the provider takes; others are mapped, the same way
                                     every time
    tool_name: "[^a-z]"              characters of a tool's name that become a hyphen
    unsigned_call: TEXT              signature of calls that have none, where one must be
    trim_end: true                   a last assistant message ends without white space
    blocks: {…}                      see `ailib.encode.blocks`

A system message after the conversation began keeps its place as a user message where the dialect
has one place for system text only. Messages with nothing in them are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ailib.encode.blocks import CONTENT, ITEM, Blocks
from ailib.encode.bodies import put
from ailib.encode.templates import compile_template
from ailib.errors import ValidationError
from ailib.types import ContentBlock, Message, MessageRole, TextBlock, ToolUseBlock

_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(slots=True)
class Draft:
    """One message before its template: the written blocks by place."""

    role: str
    content: list[tuple[str, Any, str | None]] = field(default_factory=list)
    beside: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    item: Any = None

    @property
    def says_something(self) -> bool:
        """Whether there is anything in it: an empty message must not part its neighbours."""
        content = any(text != "" for _, _, text in self.content)
        return content or bool(self.beside) or self.item is not None


class MessageEncoder:
    """The compiled ``messages`` block."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self._to: str = spec.get("to", "messages")
        self._as = compile_template(spec.get("as", {"role": "$role", "content": "$content"}))
        self._roles: Mapping[str, str] = spec.get("roles") or {}
        self._content: str = spec.get("content", "text")
        self._empty: Any = spec.get("empty", "omit")
        self._merge = frozenset(spec.get("merge", ()))
        self._first: str | None = spec.get("first")
        self._blocks = Blocks(
            spec.get("blocks") or {},
            _tool_ids(spec.get("tool_id")),
            _tool_names(spec.get("tool_name")),
        )
        # Text alone needs no block of its own where it is sent as text.
        self._bare = self._content != "list" and self._blocks.plain_text
        self._unsigned: str | None = spec.get("unsigned_call")
        self._trim_end = bool(spec.get("trim_end"))
        self._extra = bool(spec.get("extra"))
        self._join_by: str | None = spec.get("join")
        system = spec.get("system") or {}
        self._system_to: str | None = system.get("to")
        self._system_in_user = system.get("in") == "user"
        self._system_as = compile_template(system.get("as", "$text"))

    def write(self, messages: Sequence[Message], body: dict[str, Any]) -> None:
        """Puts the conversation into ``body``."""
        if not messages:
            raise ValidationError("a request needs a message", hint="add Message.user(…)")
        spoken = [*messages[:-1], _trimmed(messages[-1])] if self._trim_end else list(messages)
        if self._system_to or self._system_in_user:
            spoken, text = _apart(spoken)
            if text and self._system_to:
                put(body, self._system_to, self._system_as({"text": text}))
            elif text:
                spoken = _in_front(spoken, text)
        names = {
            block.id: block.name
            for message in messages
            if not isinstance(message.content, str)
            for block in message.content
            if isinstance(block, ToolUseBlock)
        }
        drafts = [
            draft
            for message in spoken
            for draft in self._drafts(message, names)
            if draft.says_something
        ]
        merged = self._merged(drafts)
        many = len(merged) > 1 or None
        written = [one for draft in merged if (one := self._finish(draft, many)) is not None]
        put(body, self._to, written if self._join_by is None else self._join_by.join(written))

    def _drafts(self, message: Message, names: Mapping[str, str]) -> list[Draft]:
        role = self._roles.get(message.role, str(message.role))
        current = Draft(role, extra=dict(message.extra) if self._extra else {})
        if self._bare and isinstance(message.content, str):
            current.content.append(("text", None, message.content))
            return [current]
        drafts: list[Draft] = []
        for block in self._signed(message.blocks):
            placed = self._blocks.write(block, str(message.role), names)
            if placed is None:
                continue
            if placed.place == ITEM:
                if current.content or current.beside:
                    drafts.append(current)
                    current = Draft(role)
                drafts.append(Draft("", item=placed.value))
            elif placed.place == CONTENT:
                current.content.append((block.type, placed.value, placed.text))
            elif placed.join:
                before = current.beside.get(placed.place, "")
                current.beside[placed.place] = before + str(placed.value)
            else:
                current.beside.setdefault(placed.place, []).append(placed.value)
        return [*drafts, current]

    def _signed(self, blocks: Sequence[ContentBlock]) -> Sequence[ContentBlock]:
        """The blocks; of calls none of which is signed, the first with the signature that stands
        for a missing one."""
        calls = [block for block in blocks if isinstance(block, ToolUseBlock)]
        if self._unsigned is None or not calls or any(call.signature for call in calls):
            return blocks
        made = replace(calls[0], signature=self._unsigned)
        return [made if block is calls[0] else block for block in blocks]

    def _merged(self, drafts: Sequence[Draft]) -> list[Draft]:
        merged: list[Draft] = []
        for draft in drafts:
            last = merged[-1] if merged else None
            same = last is not None and last.item is None and draft.item is None
            if same and last and last.role == draft.role and draft.role in self._merge:
                last.content += draft.content
                for place, value in draft.beside.items():
                    last.beside[place] = (
                        last.beside[place] + value if place in last.beside else value
                    )
                last.extra |= draft.extra
            else:
                merged.append(draft)
        if self._first:
            for draft in merged:
                draft.content.sort(key=lambda part: part[0] != self._first)
        return merged

    def _finish(self, draft: Draft, many: bool | None) -> Any:
        if draft.item is not None:
            return draft.item
        content = self._join(draft)
        if content is None and not draft.beside:
            return None
        scope = {"role": draft.role, "many": many, **draft.beside}
        if content is not None:
            scope["content"] = content
        elif self._empty is None or self._empty == "":
            return {**self._as(scope), "content": self._empty, **draft.extra}
        made = self._as(scope)
        return {**made, **draft.extra} if draft.extra else made

    def _join(self, draft: Draft) -> Any:
        if len(draft.content) == 1 and self._content != "list":
            only = draft.content[0][2]
            if only is not None:
                return only or None
        texts = [text for _, _, text in draft.content]
        plain = all(text is not None for text in texts)
        if self._content == "string":
            joined = "".join(text for text in texts if text is not None)
            return joined or None
        if self._content == "text" and plain:
            return "".join(text or "" for text in texts) or None
        parts = [
            self._blocks.text(text) if value is None and text is not None else value
            for _, value, text in draft.content
            if text != ""
        ]
        return parts or None


def _apart(messages: Sequence[Message]) -> tuple[list[Message], str]:
    """The conversation and the system text before it; later system messages become the user's."""
    start = next(
        (i for i, m in enumerate(messages) if m.role is not MessageRole.SYSTEM), len(messages)
    )
    text = "\n\n".join(message.text for message in messages[:start] if message.text)
    rest = [
        Message(MessageRole.USER, m.content, m.extra) if m.role is MessageRole.SYSTEM else m
        for m in messages[start:]
    ]
    return rest, text


def _in_front(messages: Sequence[Message], text: str) -> list[Message]:
    for at, message in enumerate(messages):
        if message.role is MessageRole.USER:
            blocks = (TextBlock(f"{text}\n\n"), *message.blocks)
            return [*messages[:at], Message(MessageRole.USER, blocks), *messages[at + 1 :]]
    return [Message.user(text), *messages]


def _trimmed(message: Message) -> Message:
    """``message`` without white space at its end, where the assistant says it."""
    blocks = message.blocks
    last = blocks[-1] if blocks else None
    if message.role is not MessageRole.ASSISTANT or not isinstance(last, TextBlock):
        return message
    trimmed = TextBlock(last.text.rstrip(), last.signature)
    return Message(message.role, (*blocks[:-1], trimmed), message.extra)


def _tool_names(pattern: str | None) -> Callable[[str], str]:
    """The identity, or a name without the characters of ``pattern``."""
    if not pattern:
        return lambda name: name
    refused = re.compile(pattern)
    return lambda name: refused.sub("-", name)


def _tool_ids(spec: Mapping[str, Any] | None) -> Callable[[str], str]:
    """The identity, or a deterministic mapping of ids that do not match ``pattern``."""
    if not spec:
        return lambda wanted: wanted
    pattern, length = re.compile(spec["pattern"]), int(spec.get("length", 24))

    def fit(wanted: str) -> str:
        if pattern.fullmatch(wanted):
            return wanted
        import hashlib  # noqa: PLC0415 - large, and seldom needed

        digest = hashlib.sha256(wanted.encode("utf-8", "surrogatepass")).digest()
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:length])

    return fit
