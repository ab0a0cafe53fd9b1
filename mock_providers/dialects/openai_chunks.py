"""The chunks of a streamed chat completion, with quirks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from random import Random
from typing import Any

from mock_providers.answer.model import Answer, Ask, Call, Reasoning, Refusal, Text, Turn
from mock_providers.dialects.base import Context, EventKind, WireEvent
from mock_providers.dialects.openai_logprobs import logprobs
from mock_providers.dialects.openai_message import (
    detail,
    finish_reason,
    numbered,
    thinking,
    tool_call,
    tool_calls,
    values,
)
from mock_providers.dialects.openai_padding import padding
from mock_providers.dialects.openai_quirks import ChatQuirks, chat_quirks

_DONE = WireEvent("end", "[DONE]")

Delta = dict[str, Any]
Scored = tuple[Delta, dict[str, Any] | None]
"""A delta and the logprobs of its choice."""


def chunks(turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
    """Every event of the stream: choices in turn, then their ends, usage and terminator."""
    quirks = chat_quirks(context)
    for comment in quirks.comments:
        yield WireEvent("ping", comment, ":")
    if quirks.prelude is not None:
        yield WireEvent("other", dict(quirks.prelude))
    writer = _Writer(turn, ask, context, quirks)
    queues = [_deltas(answer, ask, context.random, quirks) for answer in turn.answers]
    for index, queue in enumerate(queues):
        if (first := next(queue, None)) is not None:
            yield writer.chunk("start", index, *first)
        if len(queues) > 1 and (second := next(queue, None)) is not None:
            yield writer.chunk("delta", index, *second)
    for step in zip_longest(*queues):
        for index, item in enumerate(step):
            if item is not None:
                yield writer.chunk("delta", index, *item)
    for index, answer in enumerate(turn.answers):
        delta = _last(answer, context.random, quirks)
        reason = finish_reason(answer, ask, context, quirks)
        yield writer.chunk("finish", index, delta, None, reason)
        if quirks.usage == "again" and index == len(turn.answers) - 1:
            yield writer.chunk("usage", index, delta, None, reason)
    if ask.include_usage and "chunk" in quirks.usage:
        yield writer.usage()
    if quirks.done:
        yield _DONE


class _Writer:
    """Writes the chunks of one stream: the constant head once, then what differs."""

    def __init__(self, turn: Turn, ask: Ask, context: Context, quirks: ChatQuirks) -> None:
        self._known = values(turn, ask, context, quirks)
        self._quirks = quirks
        self._random = context.random
        self._told = ["" for _ in turn.answers]
        self._left = len(turn.answers)
        self._head = {
            "id": self._known["id"],
            "object": quirks.chunk_object,
            "created": self._known["created"],
            "model": self._known["model"],
            **quirks.templates["chunk_fields"](self._known),
        }
        options = ask.raw.get("stream_options")
        asked = options.get("include_obfuscation") if isinstance(options, Mapping) else None
        self._padding = quirks.obfuscation_name if quirks.obfuscation and asked is not False else ""
        self._usage_null = ask.include_usage and quirks.usage_null

    def chunk(
        self,
        kind: EventKind,
        index: int,
        delta: Delta,
        scores: dict[str, Any] | None,
        finish: str | None = None,
    ) -> WireEvent:
        """A chunk with one choice."""
        quirks = self._quirks
        choice = {"index": index, "delta": delta, **quirks.streamed_choice}
        if scores is not None:
            choice["logprobs"] = scores
        if finish is not None or quirks.finish_null:
            choice["finish_reason"] = finish
        made = {**self._head, "choices": [choice]}
        if kind == "start" and quirks.first_chunk_fields:
            made |= quirks.templates["first_chunk_fields"](self._known)
        if quirks.cumulative:
            self._told[index] += delta.get("content") or ""
            choice["message"] = {"role": "assistant", "content": self._told[index]}
        counted = quirks.usage == "every" or kind == "usage"
        if kind == "finish":
            counted = counted or "finish" in quirks.usage
            made |= quirks.templates["finish_chunk_fields"](self._known)
            self._left -= 1
            if quirks.last_object and not self._left:
                made["object"] = quirks.last_object
        if counted:
            made["usage"] = self._known["usage"]
        elif self._usage_null:
            made["usage"] = None
        if self._padding:
            made[self._padding] = padding(self._random)
        return WireEvent(kind, made)

    def usage(self) -> WireEvent:
        """The chunk without choices."""
        made = {**self._head, "choices": [], "usage": self._known["usage"]}
        made |= self._quirks.templates["usage_chunk_fields"](self._known)
        if self._padding:
            made[self._padding] = padding(self._random)
        return WireEvent("usage", made)


def _deltas(answer: Answer, ask: Ask, random: Random, quirks: ChatQuirks) -> Iterator[Scored]:
    """The deltas of one choice from the role on, without the finish."""
    inner = _inner(answer, ask, random, quirks)
    match quirks.role:
        case "every":
            for delta, scores in inner:
                yield {"role": "assistant", **delta}, scores
        case "first":
            for at, (delta, scores) in enumerate(inner):
                yield ({"role": "assistant", **delta} if at == 0 else delta), scores
        case "own":
            opening = _opening(answer, quirks)
            if opening is None and (first := next(inner, None)) is not None:
                role = {"role": "assistant", "content": None}
                yield {**role, **first[0], **quirks.first_delta}, None
            elif opening is not None:
                yield opening, None
            yield from inner


def _opening(answer: Answer, quirks: ChatQuirks) -> Delta | None:
    """The role chunk of its own; ``None`` where the first call rides on it."""
    role: Delta = {"role": "assistant"}
    parts = [p for p in answer.parts if not isinstance(p, Reasoning) or quirks.reasoning]
    first = parts[0] if parts else Text(())
    match first:
        case Call():
            if (
                quirks.call_role == "merged"
                and quirks.tool_calls == "fragments"
                and len(parts) == 1
            ):
                return None
            if quirks.call_role == "empty":
                return {**role, "content": "", **quirks.first_delta}
            return {**role, "content": None}
        case Refusal():
            return {**role, "refusal": ""}
        case Reasoning() if "content" in quirks.reasoning_delta:
            return {**role, "content": None, quirks.reasoning: "", **quirks.first_delta}
        case _:
            return {**role, "content": "", **quirks.first_delta}


def _inner(answer: Answer, ask: Ask, random: Random, quirks: ChatQuirks) -> Iterator[Scored]:
    calls = 0
    for part in answer.parts:
        match part:
            case Reasoning():
                for piece in part.pieces if quirks.reasoning else ():
                    yield _thought(piece, quirks), None
            case Text():
                for piece in part.pieces:
                    scores = None
                    if ask.logprobs is not None and "logprobs" in quirks.streamed_choice:
                        scores = logprobs((piece,), ask.logprobs, random)
                    yield {"content": piece, **quirks.content_delta}, scores
            case Refusal():
                for piece in part.pieces:
                    yield {"refusal": piece}, None
            case Call() if quirks.tool_calls != "finish":
                for delta in _call(part, calls, ask, random, quirks):
                    yield delta, None
                calls += 1


def _thought(piece: str, quirks: ChatQuirks) -> Delta:
    if quirks.reasoning == "content":
        return {"content": [thinking(piece, closed=False)]}
    shown: Delta = {quirks.reasoning: piece, **quirks.reasoning_delta}
    if quirks.reasoning_details:
        shown["reasoning_details"] = [detail(piece)]
    return shown


def _call(call: Call, index: int, ask: Ask, random: Random, quirks: ChatQuirks) -> Iterator[Delta]:
    whole = quirks.tool_calls == "whole"
    start = tool_call(call, call.whole if whole else "", random, quirks)
    functions = ask.form == "functions"
    if functions:
        yield {"function_call": start["function"]}
    else:
        yield {"tool_calls": [{"index": index, **start}]}
    for piece in () if whole else call.pieces:
        if functions:
            yield {"function_call": {"arguments": piece}}
        else:
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _last(answer: Answer, random: Random, quirks: ChatQuirks) -> Delta:
    """The delta of the chunk with the finish reason."""
    role = {"role": "assistant"} if quirks.role == "every" else {}
    delta: Delta = {**role, **quirks.finish_delta}
    if quirks.tool_calls == "finish" and (calls := tool_calls(answer, random, quirks)):
        return {**delta, "tool_calls": numbered(calls)}
    return delta
