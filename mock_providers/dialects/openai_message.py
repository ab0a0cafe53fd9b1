"""The message of a chat completion, its usage and its finish reason, with quirks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from mock_providers.answer.model import Answer, Ask, Call, Reasoning, Refusal, Text, Turn
from mock_providers.dialects.base import Context
from mock_providers.dialects.openai_quirks import ChatQuirks

_FINISH = {
    "stop": "stop",
    "length": "length",
    "stop_sequence": "stop",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "stop",
    "pause": "stop",
    "error": "stop",
}


def finish_reason(answer: Answer, ask: Ask, context: Context, quirks: ChatQuirks) -> str:
    """The provider's word for why the answer ended."""
    if answer.finish == "tool_calls":
        if ask.form == "functions":
            return "function_call"
        if ask.tool_choice not in ("auto", "none", "required"):
            return quirks.forced_finish
    return context.finish_reasons.get(answer.finish) or _FINISH[answer.finish]


def values(turn: Turn, ask: Ask, context: Context, quirks: ChatQuirks) -> dict[str, Any]:
    """What fills the holes of constant fields, the usage among it."""
    tier = ask.raw.get("service_tier")
    known = _Values(
        id=quirks.makers["id"](context.random),
        created=int(context.now),
        now=context.now,
        model=quirks.model_versions.get(ask.model, ask.model),
        service_tier=tier if isinstance(tier, str) and tier != "auto" else "default",
        cached=turn.usage.cached,
        uncached=turn.usage.input - turn.usage.cached,
    )
    known.drawn = {"request_id": quirks.makers["request_id"], "seed": _seed}
    known.random = context.random
    known["usage"] = _counts(turn, quirks)
    if quirks.usage_fields:
        known["usage"] |= quirks.templates["usage_fields"](known)
    return known


class _Values(dict[str, Any]):
    """Values of holes; what only some providers send is drawn when a hole asks for it."""

    random: Random
    drawn: Mapping[str, Callable[[Random], Any]]

    def __missing__(self, key: str) -> Any:
        made = self[key] = self.drawn[key](self.random)
        return made


def _seed(random: Random) -> Any:
    return random.getrandbits(31)


def _counts(turn: Turn, quirks: ChatQuirks) -> dict[str, Any]:
    counted = turn.usage
    known = {"cached_tokens": counted.cached, "reasoning_tokens": counted.reasoning}
    result: dict[str, Any] = {
        "prompt_tokens": counted.input,
        "completion_tokens": counted.output,
        "total_tokens": counted.input + counted.output,
    }
    if quirks.prompt_details:
        result["prompt_tokens_details"] = {k: known.get(k, 0) for k in quirks.prompt_details}
    if quirks.completion_details:
        result["completion_tokens_details"] = {
            k: known.get(k, 0) for k in quirks.completion_details
        }
    return result


def message(answer: Answer, ask: Ask, random: Random, quirks: ChatQuirks) -> dict[str, Any]:
    """The whole message of a choice."""
    texts = [part.whole for part in answer.parts if isinstance(part, Text)]
    refusals = [part.whole for part in answer.parts if isinstance(part, Refusal)]
    thoughts = "".join(part.whole for part in answer.parts if isinstance(part, Reasoning))
    calls = tool_calls(answer, random, quirks)
    result: dict[str, Any] = {"role": "assistant"}
    if texts or not (calls or refusals):
        result["content"] = "".join(texts)
    elif quirks.call_content != "absent":
        result["content"] = None if quirks.call_content == "null" else ""
    result |= quirks.message_fields
    if refusals:
        result["refusal"] = "".join(refusals)
    if thoughts and quirks.reasoning == "content":
        block = {"type": "text", "text": result.get("content") or ""}
        result["content"] = [thinking(thoughts, closed=True), block]
    elif thoughts and quirks.reasoning:
        result[quirks.reasoning] = thoughts
        if quirks.reasoning_details:
            result["reasoning_details"] = [detail(thoughts)]
    if calls and ask.form == "functions":
        result["function_call"] = calls[0]["function"]
    elif calls:
        result["tool_calls"] = numbered(calls) if quirks.call_index else calls
    return result


def thinking(text: str, *, closed: bool) -> dict[str, Any]:
    """Thoughts as a block of the content, as Mistral writes them."""
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}], "closed": closed}


def detail(text: str) -> dict[str, Any]:
    """Thoughts as an entry of ``reasoning_details``, as OpenRouter writes them."""
    return {"type": "reasoning.text", "text": text, "format": "unknown", "index": 0}


def tool_calls(answer: Answer, random: Random, quirks: ChatQuirks) -> list[dict[str, Any]]:
    """The calls of an answer, whole."""
    parts = [part for part in answer.parts if isinstance(part, Call)]
    return [tool_call(part, part.whole, random, quirks) for part in parts]


def tool_call(call: Call, arguments: str, random: Random, quirks: ChatQuirks) -> dict[str, Any]:
    """A call with the given arguments and a fresh id if it has none."""
    function = {"name": call.name, "arguments": arguments}
    fresh = call.id or quirks.makers["tool_id"](random)
    return {"id": fresh, "type": "function", "function": function}


def numbered(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Calls with their index."""
    return [{"index": index, **call} for index, call in enumerate(calls)]
