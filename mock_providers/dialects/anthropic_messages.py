"""Anthropic messages: one block after the other, each opened, filled and closed.

Sequences as recorded (524 streams): one ping after the first block's start; a tool's first
``partial_json`` is empty; a redacted thinking block has no delta; a refusal without text has no
block at all; ``message_delta`` repeats the whole usage. Both API versions answer alike. Each
frame but the ping has some spaces before its last brace, against guessing tokens from its length.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mock_providers.answer.model import Answer, Ask, Call, Part, Reasoning, Turn
from mock_providers.dialects.anthropic_ask import read
from mock_providers.dialects.base import Context, Inbound, WireEvent
from mock_providers.dialects.reading import parsed
from mock_providers.dialects.wire import compact, sse
from mock_providers.profiles.ids import compile_id

_FINISH = {
    "stop": "end_turn",
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
    "refusal": "refusal",
    "pause": "pause_turn",
    "error": "end_turn",
}
_SPACES = b" " * 13
_MESSAGE_ID = "msg_01{base58:22}"
_tool_id = compile_id("toolu_01{base58:22}")


class AnthropicMessages:
    """``/v1/messages``."""

    name = "anthropic"

    def ask(self, inbound: Inbound, operation: str) -> Ask:
        return read(inbound, operation)

    def body(self, turn: Turn, ask: Ask, context: Context) -> Any:
        answer = turn.answers[0]
        return {
            **_head(ask, context),
            "content": [_block(part, context) for part in _parts(answer)],
            **_stop(answer, context),
            "usage": _usage(turn, turn.usage.output),
        }

    def events(self, turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
        answer = turn.answers[0]
        start = {
            **_head(ask, context),
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "stop_details": None,
            "usage": _usage(turn, 1),
        }
        yield WireEvent("start", {"type": "message_start", "message": start}, "message_start")
        parts = _parts(answer)
        early = context.quirks.get("ping") == "start" or not parts
        if early:
            yield _ping()
        for index, part in enumerate(parts):
            opening = {"type": "content_block_start", "index": index}
            yield WireEvent(
                "other", {**opening, "content_block": _opened(part, context)}, "content_block_start"
            )
            if index == 0 and not early:
                yield _ping()
            for delta in _deltas(part):
                data = {"type": "content_block_delta", "index": index, "delta": delta}
                yield WireEvent("delta", data, "content_block_delta")
            yield WireEvent(
                "other", {"type": "content_block_stop", "index": index}, "content_block_stop"
            )
        final = {
            "type": "message_delta",
            "delta": _stop(answer, context),
            "usage": {**_inputs(turn), "output_tokens": turn.usage.output},
        }
        yield WireEvent("finish", final, "message_delta")
        yield WireEvent("end", {"type": "message_stop"}, "message_stop")

    def frame(self, event: WireEvent) -> bytes:
        framed = sse(event)
        return framed if event.kind == "ping" else _padded(framed)

    def encode(self, body: Any) -> bytes:
        return compact(body)

    def content_type(self, ask: Ask, context: Context) -> str:
        return "text/event-stream; charset=utf-8" if ask.stream else "application/json"


def _padded(framed: bytes) -> bytes:
    """The frame with some spaces before the last brace."""
    if not framed.endswith(b"}\n\n"):
        return framed
    return framed[:-3] + _SPACES[len(framed) * 7 % 13 :] + b"}\n\n"


def _ping() -> WireEvent:
    return WireEvent("ping", '{"type": "ping"}', "ping")


def _head(ask: Ask, context: Context) -> dict[str, Any]:
    versions = context.quirks.get("model_versions", {})
    return {
        "model": versions.get(ask.model, ask.model),
        "id": compile_id(context.quirks.get("id", _MESSAGE_ID))(context.random),
        "type": "message",
        "role": "assistant",
    }


def _inputs(turn: Turn) -> dict[str, int]:
    counted = turn.usage
    return {
        "input_tokens": counted.input - counted.cached - counted.written,
        "cache_creation_input_tokens": counted.written,
        "cache_read_input_tokens": counted.cached,
    }


def _usage(turn: Turn, output: int) -> dict[str, Any]:
    written = turn.usage.written
    return {
        **_inputs(turn),
        "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output,
        "service_tier": "standard",
        "inference_geo": "not_available",
    }


def _stop(answer: Answer, context: Context) -> dict[str, Any]:
    reason = context.finish_reasons.get(answer.finish) or _FINISH[answer.finish]
    return {"stop_reason": reason, "stop_sequence": answer.matched_stop, "stop_details": None}


def _parts(answer: Answer) -> list[Part]:
    """The parts that become blocks: a stop sequence at once leaves none."""
    return [p for p in answer.parts if isinstance(p, Call) or p.pieces or _redacted(p)]


def _redacted(part: Part) -> bool:
    return isinstance(part, Reasoning) and part.redacted is not None


def _opened(part: Part, context: Context) -> dict[str, Any]:
    """A block as ``content_block_start`` shows it: empty."""
    match part:
        case Call():
            return {**_tool_head(part, context), "input": {}, "caller": {"type": "direct"}}
        case Reasoning(redacted=str() as data):
            return {"type": "redacted_thinking", "data": data}
        case Reasoning():
            return {"type": "thinking", "thinking": "", "signature": ""}
        case _:
            return {"type": "text", "text": ""}


def _block(part: Part, context: Context) -> dict[str, Any]:
    """A whole block."""
    match part:
        case Call():
            given = {"input": parsed(part.whole), "caller": {"type": "direct"}}
            return {**_tool_head(part, context), **given}
        case Reasoning(redacted=str() as data):
            return {"type": "redacted_thinking", "data": data}
        case Reasoning():
            return {
                "type": "thinking",
                "thinking": part.whole,
                "signature": part.signature or "",
            }
        case _:
            return {"type": "text", "text": part.whole}


def _tool_head(call: Call, context: Context) -> dict[str, Any]:
    fresh = call.id or _tool_id(context.random)
    return {"type": "tool_use", "id": fresh, "name": call.name}


def _deltas(part: Part) -> Iterator[dict[str, Any]]:
    match part:
        case Call():
            yield {"type": "input_json_delta", "partial_json": ""}
            if part.whole != "{}":
                for piece in part.pieces:
                    yield {"type": "input_json_delta", "partial_json": piece}
        case Reasoning(redacted=str()):
            return
        case Reasoning():
            for piece in part.pieces:
                yield {"type": "thinking_delta", "thinking": piece}
            yield {"type": "signature_delta", "signature": part.signature or ""}
        case _:
            for piece in part.pieces:
                yield {"type": "text_delta", "text": piece}
