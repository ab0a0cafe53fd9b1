"""In what chat completions of a provider differ from OpenAI's.

Every key may stand in a profile's ``quirks``; the default is what OpenAI itself sends. The
provider profiles say where each deviation was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, Literal

from mock_providers.dialects.base import Context

ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class ChatQuirks:
    """How a provider writes chat completions.

    ``usage``: ``chunk`` (a last chunk without choices, if asked for), ``finish`` (on the chunk with
    the finish reason, always), ``finish+chunk`` (both) or ``every`` (on all chunks).
    ``tool_calls``: ``fragments``, ``whole`` (a call in one delta), ``finish`` (all calls in the
    chunk with the finish reason). ``reasoning``: the field thoughts stand in, empty for none.
    ``role_everywhere``: the role in every delta. ``finish_delta``: the last delta.
    ``finish_null``: whether ``finish_reason`` is there, null, before the end.
    ``done``: whether ``[DONE]`` ends the stream. ``obfuscation``: padding on each chunk.
    ``forced_finish``: the finish reason of a forced call.
    ``body_fields``, ``chunk_fields``, ``message_fields``, ``first_delta``, ``choice_fields``,
    ``usage_fields``: constant fields of the body, each chunk, the message, the first delta, each
    choice and the usage. ``prompt_details``, ``completion_details``: which token details there are.
    ``id_prefix``, ``id_length``, ``tool_id_prefix``, ``tool_id_length``: ids in letters and digits.
    ``model_versions``: the dated name answered for an alias.
    """

    usage: Literal["chunk", "finish", "finish+chunk", "every"] = "chunk"
    usage_null: bool = True
    tool_calls: Literal["fragments", "whole", "finish"] = "fragments"
    reasoning: str = ""
    role_everywhere: bool = False
    finish_delta: Mapping[str, Any] = field(default_factory=dict)
    finish_null: bool = True
    done: bool = True
    obfuscation: bool = True
    forced_finish: str = "stop"
    chunk_object: str = "chat.completion.chunk"
    body_fields: Mapping[str, Any] = field(
        default_factory=lambda: {"service_tier": "default", "system_fingerprint": "fp_0a0219177f"}
    )
    chunk_fields: Mapping[str, Any] = field(
        default_factory=lambda: {"service_tier": "default", "system_fingerprint": "fp_0a0219177f"}
    )
    message_fields: Mapping[str, Any] = field(
        default_factory=lambda: {"refusal": None, "annotations": []}
    )
    first_delta: Mapping[str, Any] = field(default_factory=lambda: {"refusal": None})
    choice_fields: Mapping[str, Any] = field(default_factory=lambda: {"logprobs": None})
    prompt_details: tuple[str, ...] = ("cached_tokens", "audio_tokens")
    completion_details: tuple[str, ...] = (
        "reasoning_tokens",
        "audio_tokens",
        "accepted_prediction_tokens",
        "rejected_prediction_tokens",
    )
    usage_fields: Mapping[str, Any] = field(default_factory=dict)
    id_prefix: str = "chatcmpl-"
    id_length: int = 29
    tool_id_prefix: str = "call_"
    tool_id_length: int = 24
    model_versions: Mapping[str, str] = field(default_factory=dict)


_KNOWN = {item.name for item in fields(ChatQuirks)}


def chat_quirks(context: Context) -> ChatQuirks:
    """The quirks of the context's profile."""
    return _built(_Held(context.quirks)) if context.quirks else _OPENAI


class _Held:
    """A profile's quirks as a cache key: one mapping object a profile, so identity will do."""

    __slots__ = ("value",)

    def __init__(self, value: Mapping[str, Any]) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.value is self.value


@lru_cache(maxsize=512)
def _built(held: _Held) -> ChatQuirks:
    given = {key: value for key, value in held.value.items() if key in _KNOWN}
    for key in ("prompt_details", "completion_details"):
        if key in given:
            given[key] = tuple(given[key])
    return ChatQuirks(**given)


_OPENAI = ChatQuirks()
