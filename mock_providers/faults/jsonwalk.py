"""Where things stand in the JSON of an answer, told by the names all dialects use.

A table of names rather than one of dialects: a fault on the finish reason or the usage works in
a dialect that did not exist when it was written, if that dialect uses one of these names.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

FINISH = frozenset(
    {"finish_reason", "native_finish_reason", "finishReason", "stop_reason", "stopReason",
     "done_reason"}
)  # fmt: skip
USAGE = frozenset({"usage", "usageMetadata", "prompt_eval_count", "eval_count"})
IDENTITY = frozenset({"id", "model", "created", "responseId", "modelVersion", "system_fingerprint"})
CALL_ID = ("id", "call_id", "toolUseId")
ARGUMENTS = ("arguments", "partial_json", "args", "input")

_TEXT = frozenset({"content", "text", "response"})
_THOUGHT = frozenset({"thinking", "reasoning", "summary_text", "reasoning_text", "thinking_delta"})
_NO_TEXT_BELOW = frozenset(
    {"usage", "tool_calls", "functionCall", "toolUse", "reasoning", "reasoning_content",
     "reasoning_details", "thinking", "error", "logprobs", "metadata", "instructions", "tools"}
)  # fmt: skip

Slot = tuple[dict[str, Any], str]
"""A member: the object and the name in it."""


def members(value: Any, names: Container[str]) -> Iterator[Slot]:
    """All members of these names, at any depth. Members may be removed while iterating."""
    match value:
        case dict():
            for key in list(value):
                if key in names:
                    yield value, key
                if key in value:
                    yield from members(value[key], names)
        case list():
            for inner in value:
                yield from members(inner, names)


def texts(value: Any) -> Iterator[Slot]:
    """The members that hold what the model says (not what it thinks)."""
    match value:
        case dict():
            if value.get("type") in _THOUGHT or value.get("thought") is True:
                return
            ours = str(value.get("type", "")).endswith("output_text.delta")
            if ours and isinstance(value.get("delta"), str):
                yield value, "delta"
            for key, inner in list(value.items()):
                if key in _TEXT and isinstance(inner, str):
                    yield value, key
                elif key not in _NO_TEXT_BELOW:
                    yield from texts(inner)
        case list():
            for inner in value:
                yield from texts(inner)


def calls(value: Any) -> Iterator[dict[str, Any]]:
    """The objects that are a tool call or a fragment of one."""
    match value:
        case dict():
            if value.get("type") in {"tool_use", "function_call", "input_json_delta"}:
                yield value
            if str(value.get("type", "")).startswith("response.function_call_arguments"):
                yield value
            for key, inner in list(value.items()):
                if key in {"functionCall", "toolUse", "function_call"} and isinstance(inner, dict):
                    yield inner
                elif key == "tool_calls":
                    found = inner if isinstance(inner, list) else [inner]
                    yield from (one for one in found if isinstance(one, dict))
                else:
                    yield from calls(inner)
        case list():
            for inner in value:
                yield from calls(inner)


def arguments(call: dict[str, Any]) -> Slot | None:
    """Where a call (or a fragment) holds its arguments."""
    if str(call.get("type", "")).endswith("function_call_arguments.delta"):
        return call, "delta"
    inner = call.get("function")
    holder = inner if isinstance(inner, dict) else call
    return next(((holder, key) for key in ARGUMENTS if key in holder), None)


def named(call: dict[str, Any]) -> dict[str, Any]:
    """The object of a call that holds the function's name."""
    inner = call.get("function")
    return inner if isinstance(inner, dict) else call
