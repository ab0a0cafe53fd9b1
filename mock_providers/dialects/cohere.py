"""Cohere v2 chat.

Sequences as recorded (47 streams): ``message-start``, a block of content opened, filled and ended,
or before calls the plan in words, then each call, at last ``message-end`` with the usage, and a
``[DONE]`` that has no event name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mock_providers.answer.model import Answer, Ask, Call, Part, Reasoning, Turn
from mock_providers.answer.tokens import split
from mock_providers.dialects import openai_ask
from mock_providers.dialects.base import Context, EventKind, Inbound, WireEvent
from mock_providers.dialects.reading import integer, mapping, strings, text
from mock_providers.dialects.wire import compact, sse
from mock_providers.profiles.ids import compile_id

_FINISH = {
    "stop": "COMPLETE",
    "length": "MAX_TOKENS",
    "stop_sequence": "STOP_SEQUENCE",
    "tool_calls": "TOOL_CALL",
    "content_filter": "ERROR_TOXIC",
    "refusal": "COMPLETE",
    "pause": "COMPLETE",
    "error": "ERROR",
}
_DONE = WireEvent("end", "[DONE]")
_uuid = compile_id("{uuid}")
_call_id = compile_id("{alnum:12}")


class CohereChat:
    """``/v2/chat``."""

    name = "cohere_chat"

    def ask(self, inbound: Inbound, operation: str) -> Ask:
        body = mapping(inbound.json)
        schema, json_mode = openai_ask.response_format(body.get("response_format"))
        choice = text(body.get("tool_choice"), "auto").lower()
        return Ask(
            operation=operation,
            model=text(body.get("model")),
            stream=body.get("stream") is True,
            messages=openai_ask.messages(body.get("messages")),
            tools=openai_ask.tools(body.get("tools")),
            tool_choice=choice if choice in ("required", "none") else "auto",
            schema=schema,
            json_mode=json_mode,
            stop=strings(body.get("stop_sequences")),
            max_tokens=integer(body.get("max_tokens")),
            reasoning=mapping(body.get("thinking")).get("type") == "enabled",
            seed=integer(body.get("seed")),
            raw=body,
        )

    def body(self, turn: Turn, ask: Ask, context: Context) -> Any:
        answer = turn.answers[0]
        content = [_block(part, part.whole) for part in _spoken(answer)]
        calls = [
            _call(part, part.whole, context) for part in answer.parts if isinstance(part, Call)
        ]
        message: dict[str, Any] = {"role": "assistant"}
        if calls:
            message |= {"tool_plan": _plan(answer), "tool_calls": calls}
        if content:
            message["content"] = content
        return {
            "id": _uuid(context.random),
            "message": message,
            "finish_reason": _reason(answer, context),
            "usage": _usage(turn),
        }

    def events(self, turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
        answer = turn.answers[0]
        empty = {"content": [], "tool_plan": "", "tool_calls": [], "citations": []}
        yield WireEvent(
            "start",
            {
                "id": _uuid(context.random),
                "type": "message-start",
                "delta": {"message": {"role": "assistant", **empty}},
            },
            "message-start",
        )
        for index, part in enumerate(_spoken(answer)):
            kind = "thinking" if isinstance(part, Reasoning) else "text"
            yield _event("other", "content-start", index, {"content": _block(part, "")})
            for piece in part.pieces:
                yield _event("delta", "content-delta", index, {"content": {kind: piece}})
            yield _event("other", "content-end", index)
        calls = [part for part in answer.parts if isinstance(part, Call)]
        for piece in split(_plan(answer)) if calls else ():
            yield _event("delta", "tool-plan-delta", None, {"tool_plan": piece})
        for index, call in enumerate(calls):
            start = {"tool_calls": _call(call, "", context)}
            yield _event("other", "tool-call-start", index, start)
            for piece in () if call.whole == "{}" else call.pieces:
                delta = {"tool_calls": {"function": {"arguments": piece}}}
                yield _event("delta", "tool-call-delta", index, delta)
            yield _event("other", "tool-call-end", index)
        end = {"finish_reason": _reason(answer, context), "usage": _usage(turn)}
        yield WireEvent("finish", {"type": "message-end", "delta": end}, "message-end")
        yield _DONE

    def frame(self, event: WireEvent) -> bytes:
        return sse(event)

    def encode(self, body: Any) -> bytes:
        return compact(body)

    def content_type(self, ask: Ask, context: Context) -> str:
        return "text/event-stream" if ask.stream else "application/json"


def _event(
    kind: EventKind, name: str, index: int | None, message: dict[str, Any] | None = None
) -> WireEvent:
    data: dict[str, Any] = {"type": name}
    if index is not None:
        data["index"] = index
    if message is not None:
        data["delta"] = {"message": message}
    return WireEvent(kind, data, name)


def _spoken(answer: Answer) -> list[Part]:
    return [part for part in answer.parts if not isinstance(part, Call)]


def _block(part: Part, whole: str) -> dict[str, Any]:
    kind = "thinking" if isinstance(part, Reasoning) else "text"
    return {"type": kind, kind: whole}


def _call(call: Call, arguments: str, context: Context) -> dict[str, Any]:
    fresh = call.id or f"{call.name}_{_call_id(context.random)}"
    function = {"name": call.name, "arguments": arguments}
    return {"id": fresh, "type": "function", "function": function}


def _plan(answer: Answer) -> str:
    names = [part.name for part in answer.parts if isinstance(part, Call)]
    return f"I will use the {' and the '.join(names)} tool{'s' if len(names) > 1 else ''}."


def _reason(answer: Answer, context: Context) -> str:
    return context.finish_reasons.get(answer.finish) or _FINISH[answer.finish]


def _usage(turn: Turn) -> dict[str, Any]:
    counts = {"input_tokens": turn.usage.input, "output_tokens": turn.usage.output}
    told = dict(counts)
    if turn.usage.reasoning:
        told["reasoning_tokens"] = turn.usage.reasoning
    return {"billed_units": counts, "tokens": told, "cached_tokens": turn.usage.cached}
