"""OpenAI chat completions, and with quirks those of everyone who copied them.

Sequences as recorded (reference: 470 streams of OpenAI): the role chunk with empty content, one
chunk a token, a chunk with the finish reason, the usage chunk if asked for, ``[DONE]``. A single
call rides on the role chunk; several come after it, each with a start and its argument pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from mock_providers.answer.model import Answer, Ask, Call, Reasoning, Refusal, Text, Turn
from mock_providers.dialects.base import Context, Inbound, WireEvent
from mock_providers.dialects.openai_ask import read
from mock_providers.dialects.openai_logprobs import logprobs
from mock_providers.dialects.openai_padding import padding
from mock_providers.dialects.openai_quirks import ALNUM, ChatQuirks, chat_quirks
from mock_providers.dialects.wire import pretty, sse

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
_DONE = WireEvent("end", "[DONE]")

Delta = tuple[dict[str, Any], dict[str, Any] | None]
"""A delta and the logprobs of its choice."""


class OpenAIChat:
    """``/chat/completions``."""

    name = "openai_chat"

    def ask(self, inbound: Inbound, operation: str) -> Ask:
        return read(inbound, operation)

    def body(self, turn: Turn, ask: Ask, context: Context) -> Any:
        quirks = chat_quirks(context)
        return {
            "id": context.id(quirks.id_prefix, quirks.id_length, ALNUM),
            "object": "chat.completion",
            "created": int(context.now),
            "model": quirks.model_versions.get(ask.model, ask.model),
            "choices": [
                {
                    "index": index,
                    "message": _message(answer, ask, context, quirks),
                    **_choice(answer, ask, context, quirks),
                    "finish_reason": _finish(answer, ask, context, quirks),
                }
                for index, answer in enumerate(turn.answers)
            ],
            "usage": usage(turn, quirks),
            **quirks.body_fields,
            **_tier(ask, quirks),
        }

    def events(self, turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
        quirks = chat_quirks(context)
        write = _Chunks(turn, ask, context, quirks).write
        queues = [_deltas(answer, ask, context, quirks) for answer in turn.answers]
        started = [next(queue) for queue in queues]
        for index, (delta, scores) in enumerate(started):
            yield write("start", index, delta, scores)
            if len(queues) > 1 and (second := next(queues[index], None)):
                yield write("delta", index, *second)
        for step in zip_longest(*queues):
            for index, item in enumerate(step):
                if item is not None:
                    yield write("delta", index, *item)
        for index, answer in enumerate(turn.answers):
            delta = dict(quirks.finish_delta)
            if quirks.tool_calls == "finish" and (calls := _tool_calls(answer, context, quirks)):
                delta |= {"content": "", "tool_calls": _numbered(calls)}
            yield write("finish", index, delta, None, _finish(answer, ask, context, quirks))
        if ask.include_usage and "chunk" in quirks.usage:
            yield write("usage", None, {}, None)
        if quirks.done:
            yield _DONE

    def frame(self, event: WireEvent) -> bytes:
        return sse(event)

    def encode(self, body: Any) -> bytes:
        return pretty(body)

    def content_type(self, ask: Ask) -> str:
        return "text/event-stream; charset=utf-8" if ask.stream else "application/json"


class _Chunks:
    """Writes the chunks of one stream: the constant head once, then what differs."""

    def __init__(self, turn: Turn, ask: Ask, context: Context, quirks: ChatQuirks) -> None:
        self.head = {
            "id": context.id(quirks.id_prefix, quirks.id_length, ALNUM),
            "object": quirks.chunk_object,
            "created": int(context.now),
            "model": quirks.model_versions.get(ask.model, ask.model),
            **quirks.chunk_fields,
            **_tier(ask, quirks),
        }
        self.quirks = quirks
        self.random = context.random
        self.scored = ask.logprobs is not None
        self.usage_null = ask.include_usage and quirks.usage_null and "chunk" in quirks.usage
        self.usage = usage(turn, quirks)
        options = ask.raw.get("stream_options")
        asked = options.get("include_obfuscation") if isinstance(options, Mapping) else None
        self.padded = quirks.obfuscation and asked is not False

    def write(
        self,
        kind: Any,
        index: int | None,
        delta: dict[str, Any],
        scores: dict[str, Any] | None,
        finish: str | None = None,
    ) -> WireEvent:
        quirks = self.quirks
        if index is None:
            choices = []
        else:
            if quirks.role_everywhere:
                delta = {"role": "assistant", **delta}
            choice = {"index": index, "delta": delta, **quirks.choice_fields}
            if scores is not None:
                choice["logprobs"] = scores
            if finish is not None or quirks.finish_null:
                choice["finish_reason"] = finish
            choices = [choice]
        chunk = {**self.head, "choices": choices}
        if index is None or quirks.usage == "every" or (finish and "finish" in quirks.usage):
            chunk["usage"] = self.usage
        elif self.usage_null:
            chunk["usage"] = None
        if self.padded:
            chunk["obfuscation"] = padding(self.random)
        return WireEvent(kind, chunk)


def usage(turn: Turn, quirks: ChatQuirks) -> dict[str, Any]:
    """Token counts in OpenAI's form."""
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
    return {**result, **quirks.usage_fields}


def _tier(ask: Ask, quirks: ChatQuirks) -> dict[str, Any]:
    tier = ask.raw.get("service_tier")
    if "service_tier" not in quirks.body_fields or tier in (None, "auto") or type(tier) is not str:
        return {}
    return {"service_tier": tier}


def _finish(answer: Answer, ask: Ask, context: Context, quirks: ChatQuirks) -> str:
    finish = answer.finish
    if finish == "tool_calls":
        if ask.form == "functions":
            return "function_call"
        if ask.tool_choice not in ("auto", "none", "required"):
            return quirks.forced_finish
    return context.finish_reasons.get(finish) or _FINISH[finish]


def _message(answer: Answer, ask: Ask, context: Context, quirks: ChatQuirks) -> dict[str, Any]:
    texts = [part.whole for part in answer.parts if isinstance(part, Text)]
    refusals = [part.whole for part in answer.parts if isinstance(part, Refusal)]
    thoughts = [part.whole for part in answer.parts if isinstance(part, Reasoning)]
    calls = _tool_calls(answer, context, quirks)
    message: dict[str, Any] = {
        "role": "assistant",
        "content": "".join(texts) if texts or not (calls or refusals) else None,
        **quirks.message_fields,
    }
    if refusals:
        message["refusal"] = "".join(refusals)
    if thoughts and quirks.reasoning:
        message[quirks.reasoning] = "".join(thoughts)
    if calls and ask.form == "functions":
        message["function_call"] = calls[0]["function"]
    elif calls:
        message["tool_calls"] = calls
    return message


def _choice(answer: Answer, ask: Ask, context: Context, quirks: ChatQuirks) -> dict[str, Any]:
    if ask.logprobs is None:
        return dict(quirks.choice_fields)
    pieces = [p for part in answer.parts if isinstance(part, Text) for p in part.pieces]
    return {**quirks.choice_fields, "logprobs": logprobs(pieces, ask.logprobs, context.random)}


def _tool_calls(answer: Answer, context: Context, quirks: ChatQuirks) -> list[dict[str, Any]]:
    return [
        _call(part, part.whole, context, quirks) for part in answer.parts if isinstance(part, Call)
    ]


def _call(call: Call, arguments: str, context: Context, quirks: ChatQuirks) -> dict[str, Any]:
    fresh = call.id or context.id(quirks.tool_id_prefix, quirks.tool_id_length, ALNUM)
    function = {"name": call.name, "arguments": arguments}
    return {"id": fresh, "type": "function", "function": function}


def _numbered(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"index": index, **call} for index, call in enumerate(calls)]


def _deltas(answer: Answer, ask: Ask, context: Context, quirks: ChatQuirks) -> Iterator[Delta]:
    """The deltas of one choice from the role on, without the finish."""
    calls = [part for part in answer.parts if isinstance(part, Call)]
    spoken = [part for part in answer.parts if isinstance(part, Text | Refusal)]
    shown = [p for p in answer.parts if isinstance(p, Reasoning) and quirks.reasoning]
    starts = _call_deltas(calls, ask, context, quirks)
    yield _first(calls, spoken, shown, starts, quirks), None
    for thought in shown:
        for piece in thought.pieces:
            yield {quirks.reasoning: piece}, None
    for part in spoken:
        key = "content" if isinstance(part, Text) else "refusal"
        for piece in part.pieces:
            scores = None
            if ask.logprobs is not None and key == "content":
                scores = logprobs((piece,), ask.logprobs, context.random)
            yield {key: piece}, scores
    for delta in starts:
        yield delta, None


def _first(
    calls: list[Call],
    spoken: list[Text | Refusal],
    shown: list[Reasoning],
    starts: Iterator[dict[str, Any]],
    quirks: ChatQuirks,
) -> dict[str, Any]:
    role: dict[str, Any] = {"role": "assistant"}
    if calls and not spoken and not shown:
        if quirks.tool_calls == "fragments" and len(calls) == 1:
            return {**role, "content": None, **next(starts), **quirks.first_delta}
        return {**role, "content": "" if quirks.tool_calls == "finish" else None}
    if spoken and isinstance(spoken[0], Refusal):
        return {**role, "refusal": ""}
    return {**role, "content": "", **quirks.first_delta}


def _call_deltas(
    calls: list[Call], ask: Ask, context: Context, quirks: ChatQuirks
) -> Iterator[dict[str, Any]]:
    if quirks.tool_calls == "finish":
        return
    for index, call in enumerate(calls):
        whole = quirks.tool_calls == "whole"
        start = _call(call, call.whole if whole else "", context, quirks)
        if ask.form == "functions":
            yield {"function_call": start["function"]}
        else:
            yield {"tool_calls": [{"index": index, **start}]}
        for piece in () if whole else call.pieces:
            if ask.form == "functions":
                yield {"function_call": {"arguments": piece}}
            else:
                yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
