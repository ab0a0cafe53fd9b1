"""OpenAI's Responses API: items, each added, filled and done, inside one response.

Sequences as recorded (382 streams): ``created``, ``in_progress``, then the items one after the
other, never interleaved, at last ``completed`` or ``incomplete`` with the whole response. Every
event has its number. Thoughts are an item of their own, empty unless a summary was asked for.
There is no ``[DONE]``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mock_providers.answer.model import Answer, Ask, Call, Part, Reasoning, Refusal, Text, Turn
from mock_providers.dialects.base import Context, EventKind, Inbound, WireEvent
from mock_providers.dialects.openai_logprobs import logprobs
from mock_providers.dialects.openai_padding import padding
from mock_providers.dialects.openai_responses_ask import read
from mock_providers.dialects.openai_responses_body import response
from mock_providers.dialects.reading import flag, mapping, strings
from mock_providers.dialects.wire import pretty, sse
from mock_providers.profiles.ids import compile_id

_message_id = compile_id("msg_0{hex:49}")
_reasoning_id = compile_id("rs_0{hex:49}")
_function_id = compile_id("fc_0{hex:49}")
_call_id = compile_id("call_{base62:24}")
_secret = compile_id("gAAAAAB{base62:240}")

Item = dict[str, Any]
Named = tuple[EventKind, str, dict[str, Any]]
"""Kind, type and fields of an event before it gets its number."""


class OpenAIResponses:
    """``/responses``."""

    name = "openai_responses"

    def ask(self, inbound: Inbound, operation: str) -> Ask:
        return read(inbound, operation)

    def body(self, turn: Turn, ask: Ask, context: Context) -> Any:
        answer = turn.answers[0]
        items = [item for _, item in _items(answer, ask, context)]
        return response(turn, ask, context, _status(answer), items)

    def events(self, turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
        answer = turn.answers[0]
        begun = response(turn, ask, context, "in_progress", [])
        yield _event(0, ("start", "response.created", {"response": begun}))
        yield _event(1, ("start", "response.in_progress", {"response": begun}))
        number = 2
        items = _items(answer, ask, context)
        for index, (part, item) in enumerate(items):
            for named in _item_events(part, item, index, ask, context):
                yield _event(number, named)
                number += 1
        ended = response(turn, ask, context, _status(answer), [item for _, item in items])
        ended |= {"id": begun["id"]}
        name = "response.incomplete" if _status(answer) == "incomplete" else "response.completed"
        yield _event(number, ("finish", name, {"response": ended}))

    def frame(self, event: WireEvent) -> bytes:
        return sse(event)

    def encode(self, body: Any) -> bytes:
        return pretty(body)

    def content_type(self, ask: Ask, context: Context) -> str:
        return "text/event-stream; charset=utf-8" if ask.stream else "application/json"


def _event(number: int, named: Named) -> WireEvent:
    kind, name, fields = named
    return WireEvent(kind, {"type": name, **fields, "sequence_number": number}, name)


def _status(answer: Answer) -> str:
    return "incomplete" if answer.finish in ("length", "content_filter") else "completed"


def _items(answer: Answer, ask: Ask, context: Context) -> list[tuple[Part, Item]]:
    """The parts with their finished items; a part cut short is incomplete."""
    made = []
    for part in answer.parts:
        last = part is answer.parts[-1]
        status = _status(answer) if last else "completed"
        made.append((part, _item(part, status, ask, context)))
    return made


def _item(part: Part, status: str, ask: Ask, context: Context) -> Item:
    match part:
        case Reasoning():
            item: Item = {"id": _reasoning_id(context.random), "type": "reasoning", "content": []}
            if "reasoning.encrypted_content" in strings(ask.raw.get("include")):
                item["encrypted_content"] = _secret(context.random)
            shown = _summary_asked(ask)
            item["summary"] = [{"type": "summary_text", "text": part.whole}] if shown else []
            return item
        case Call():
            return {
                "id": _function_id(context.random),
                "type": "function_call",
                "status": status,
                "arguments": part.whole,
                "call_id": part.id or _call_id(context.random),
                "name": part.name,
            }
        case _:
            return {
                "id": _message_id(context.random),
                "type": "message",
                "status": status,
                "content": [_content(part, ask, context)],
                "role": "assistant",
            }


def _summary_asked(ask: Ask) -> bool:
    return bool(mapping(ask.raw.get("reasoning")).get("summary"))


def _content(part: Text | Refusal, ask: Ask, context: Context) -> dict[str, Any]:
    if isinstance(part, Refusal):
        return {"type": "refusal", "refusal": part.whole}
    scores = []
    if ask.logprobs is not None:
        scores = logprobs(part.pieces, ask.logprobs, context.random)["content"]
    return {"type": "output_text", "annotations": [], "logprobs": scores, "text": part.whole}


def _item_events(part: Part, item: Item, index: int, ask: Ask, context: Context) -> Iterator[Named]:
    place = {"item_id": item["id"], "output_index": index}
    opened = {"output_index": index, "item": _opened(item)}
    yield "other", "response.output_item.added", opened
    match part:
        case Reasoning():
            yield from _summary_events(part, item, place, ask, context)
        case Call():
            for piece in part.pieces:
                fields = {"delta": piece, **place, **_padded(ask, context)}
                yield "delta", "response.function_call_arguments.delta", fields
            yield (
                "other",
                "response.function_call_arguments.done",
                {
                    "arguments": part.whole,
                    **place,
                },
            )
        case _:
            yield from _content_events(part, item, place, ask, context)
    yield "other", "response.output_item.done", {"output_index": index, "item": item}


def _opened(item: Item) -> Item:
    """An item as ``output_item.added`` shows it: nothing in it yet."""
    match item["type"]:
        case "reasoning":
            return {**item, "summary": []}
        case "function_call":
            return {**item, "status": "in_progress", "arguments": ""}
        case _:
            return {**item, "status": "in_progress", "content": []}


def _summary_events(
    part: Reasoning, item: Item, place: dict[str, Any], ask: Ask, context: Context
) -> Iterator[Named]:
    if not item["summary"]:
        return
    place = {**place, "summary_index": 0}
    prefix = "response.reasoning_summary"
    empty = {"type": "summary_text", "text": ""}
    yield "other", f"{prefix}_part.added", {**place, "part": empty}
    for piece in part.pieces:
        fields = {"delta": piece, **place, **_padded(ask, context)}
        yield "delta", f"{prefix}_text.delta", fields
    yield "other", f"{prefix}_text.done", {**place, "text": part.whole}
    yield "other", f"{prefix}_part.done", {**place, "part": item["summary"][0]}


def _content_events(
    part: Text | Refusal, item: Item, place: dict[str, Any], ask: Ask, context: Context
) -> Iterator[Named]:
    whole = item["content"][0]
    place = {"content_index": 0, **place}
    if isinstance(part, Refusal):
        yield "other", "response.content_part.added", {**place, "part": {**whole, "refusal": ""}}
        for piece in part.pieces:
            fields = {"delta": piece, **place, **_padded(ask, context)}
            yield "delta", "response.refusal.delta", fields
        yield "other", "response.refusal.done", {**place, "refusal": part.whole}
    else:
        empty = {**whole, "text": "", "logprobs": []}
        yield "other", "response.content_part.added", {**place, "part": empty}
        scores = whole["logprobs"]
        for at, piece in enumerate(part.pieces):
            own = scores[at : at + 1]
            fields = {"delta": piece, "logprobs": own, **place, **_padded(ask, context)}
            yield "delta", "response.output_text.delta", fields
        yield (
            "other",
            "response.output_text.done",
            {
                **place,
                "logprobs": scores,
                "text": part.whole,
            },
        )
    yield "other", "response.content_part.done", {**place, "part": whole}


def _padded(ask: Ask, context: Context) -> dict[str, str]:
    options = mapping(ask.raw.get("stream_options"))
    if options.get("include_obfuscation") is False or flag(context.quirks.get("no_obfuscation")):
        return {}
    return {"obfuscation": padding(context.random)}
