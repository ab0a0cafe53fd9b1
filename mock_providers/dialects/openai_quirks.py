"""In what the chat completions of a provider differ from OpenAI's.

Every key may stand in a profile's ``dialects: {openai_chat: {quirks: …}}``; the default is what
OpenAI itself sends. ``docs/dialects.md`` says the same with examples; the profiles say where each
deviation was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from typing import Any, Literal

from mock_providers.dialects.base import Context
from mock_providers.profiles.ids import IdMaker, compile_id
from mock_providers.profiles.template import Template, compile_template

Fields = Mapping[str, Any]
_TIER: Fields = {"service_tier": "{service_tier}", "system_fingerprint": "fp_0a0219177f"}
_DETAILS = ("audio_tokens", "accepted_prediction_tokens", "rejected_prediction_tokens")


@dataclass(frozen=True)
class ChatQuirks:
    """How a provider writes chat completions.

    Order of a stream:
    ``comments``: comment lines before all else. ``prelude``: a first chunk, as it stands.
    ``role``: ``own`` (a first chunk with the role and empty content), ``first`` (with the first
    delta), ``every`` (in every delta). ``tool_calls``: ``fragments``, ``whole`` (a call a delta),
    ``finish`` (all calls in the chunk with the finish reason). ``call_role``: the content of the
    role chunk before calls, ``merged`` (no such chunk for a single call), ``null`` or ``empty``.
    ``usage``: ``chunk`` (a chunk without choices, if asked for), ``finish`` (with the finish
    reason, always), ``finish+chunk``, ``again`` (the finish chunk once more, with usage), ``every``
    (all chunks). ``done``: whether ``[DONE]`` ends the stream.

    Small print:
    ``usage_null``: whether the other chunks say ``"usage": null`` where usage was asked for.
    ``obfuscation``: whether chunks carry random letters, ``obfuscation_name``: in which field.
    ``finish_delta``: the last delta. ``finish_null``: whether ``finish_reason`` is there, null,
    before the end. ``forced_finish``: the finish reason of a forced call. ``call_content``:
    ``null``, ``empty`` or ``absent``, the content of a message with calls. ``call_index``: whether
    calls in a body have their index. ``cumulative``: each chunk has a ``message`` with the text so
    far. ``last_object``: the object name of the last chunk. ``stream_content_type``: the content
    type of a stream.

    Thoughts: ``reasoning``: the field they stand in; empty: they are not shown; ``content``: as a
    list of blocks in the content. ``reasoning_delta``, ``content_delta``: more fields of such
    deltas. ``reasoning_details``: also as a list of details.

    Constant fields: ``body_fields`` (of a plain answer), ``chunk_fields`` (of every chunk),
    ``first_chunk_fields``, ``finish_chunk_fields``, ``usage_chunk_fields``, ``usage_fields``,
    ``message_fields``, ``first_delta``, ``choice_fields``, ``chunk_choice_fields`` (where a chunk's
    choice differs). In the first six ``{id}``, ``{created}``, ``{model}``, ``{request_id}``,
    ``{seed}``, ``{service_tier}``, ``{cached}``, ``{uncached}`` and, but in usage, ``{usage}`` are
    filled in. ``prompt_details``, ``completion_details``: which token details there are.

    Names: ``id``, ``tool_id``, ``request_id``: id forms (`mock_providers.profiles.ids`).
    ``chunk_object``: the object name of chunks. ``model_versions``: the dated name for an alias.
    """

    comments: tuple[str, ...] = ()
    prelude: Fields | None = None
    role: Literal["own", "first", "every"] = "own"
    tool_calls: Literal["fragments", "whole", "finish"] = "fragments"
    call_role: Literal["merged", "null", "empty"] = "merged"
    usage: Literal["chunk", "finish", "finish+chunk", "again", "every"] = "chunk"
    done: bool = True

    usage_null: bool = True
    obfuscation: bool = True
    obfuscation_name: str = "obfuscation"
    finish_delta: Fields = field(default_factory=dict)
    finish_null: bool = True
    forced_finish: str = "stop"
    call_content: Literal["null", "empty", "absent"] = "null"
    call_index: bool = False
    cumulative: bool = False
    last_object: str = ""
    stream_content_type: str = "text/event-stream; charset=utf-8"

    reasoning: str = ""
    reasoning_delta: Fields = field(default_factory=dict)
    content_delta: Fields = field(default_factory=dict)
    reasoning_details: bool = False

    body_fields: Fields = field(default_factory=lambda: _TIER)
    chunk_fields: Fields = field(default_factory=lambda: _TIER)
    first_chunk_fields: Fields = field(default_factory=dict)
    finish_chunk_fields: Fields = field(default_factory=dict)
    usage_chunk_fields: Fields = field(default_factory=dict)
    usage_fields: Fields = field(default_factory=dict)
    message_fields: Fields = field(default_factory=lambda: {"refusal": None, "annotations": []})
    first_delta: Fields = field(default_factory=lambda: {"refusal": None})
    choice_fields: Fields = field(default_factory=lambda: {"logprobs": None})
    chunk_choice_fields: Fields | None = None
    prompt_details: tuple[str, ...] = ("cached_tokens", "audio_tokens")
    completion_details: tuple[str, ...] = ("reasoning_tokens", *_DETAILS)

    id: str = "chatcmpl-{base62:29}"
    tool_id: str = "call_{base62:24}"
    request_id: str = "req_{hex:32}"
    chunk_object: str = "chat.completion.chunk"
    model_versions: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def streamed_choice(self) -> Fields:
        """Constant fields of a chunk's choice; those of a body's where nothing else is said."""
        return self.choice_fields if self.chunk_choice_fields is None else self.chunk_choice_fields

    @cached_property
    def makers(self) -> Mapping[str, IdMaker]:
        """The makers of the three kinds of ids."""
        return {name: compile_id(getattr(self, name)) for name in ("id", "tool_id", "request_id")}

    @cached_property
    def templates(self) -> Mapping[str, Template]:
        """The constant fields that have holes, compiled."""
        names = (
            "body_fields",
            "chunk_fields",
            "first_chunk_fields",
            "finish_chunk_fields",
            "usage_chunk_fields",
            "usage_fields",
        )
        return {name: compile_template(getattr(self, name)) for name in names}


_KNOWN = {item.name: item for item in fields(ChatQuirks)}
_OPENAI = ChatQuirks()


def chat_quirks(context: Context) -> ChatQuirks:
    """The quirks of the context's profile."""
    return _built(_Held(context.quirks)) if context.quirks else _OPENAI


def build_quirks(given: Fields) -> ChatQuirks:
    """Quirks from a profile's mapping. Raises `TypeError` naming a key that is none."""
    unknown = sorted(given.keys() - _KNOWN.keys())
    if unknown:
        raise TypeError(f"unknown quirk {unknown[0]!r}; known: {', '.join(sorted(_KNOWN))}")
    frozen: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    return ChatQuirks(**frozen)


class _Held:
    """A profile's quirks as a cache key: one mapping object a profile, so identity will do."""

    __slots__ = ("value",)

    def __init__(self, value: Fields) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.value is self.value


@lru_cache(maxsize=512)
def _built(held: _Held) -> ChatQuirks:
    return build_quirks(held.value)
