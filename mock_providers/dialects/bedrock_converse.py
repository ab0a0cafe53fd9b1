"""Amazon Bedrock's Converse and ConverseStream.

Sequences as recorded (87 streams): ``messageStart``; a text block has deltas and a stop but no
start, a tool block all three; ``messageStop``; ``metadata`` with usage is last. Every payload ends
in a padding string ``p``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mock_providers.answer.model import Answer, Ask, Call, Part, Reasoning, Turn
from mock_providers.dialects import eventstream
from mock_providers.dialects.base import Context, EventKind, Inbound, WireEvent
from mock_providers.dialects.bedrock_ask import read
from mock_providers.dialects.reading import parsed
from mock_providers.dialects.wire import compact
from mock_providers.profiles.ids import compile_id

_FINISH = {
    "stop": "end_turn",
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "tool_calls": "tool_use",
    "content_filter": "content_filtered",
    "refusal": "end_turn",
    "pause": "end_turn",
    "error": "end_turn",
}
_tool_id = compile_id("tooluse_{base62:22}")


class BedrockConverse:
    """``/model/{model}/converse`` and ``/converse-stream``."""

    name = "bedrock_converse"

    def ask(self, inbound: Inbound, operation: str) -> Ask:
        return read(inbound, operation)

    def body(self, turn: Turn, ask: Ask, context: Context) -> Any:
        answer = turn.answers[0]
        content = [_block(part, context) for part in answer.parts]
        return {
            "metrics": {"latencyMs": _latency(turn)},
            "output": {"message": {"content": content, "role": "assistant"}},
            "stopReason": _reason(answer, context),
            "usage": _usage(turn),
        }

    def events(self, turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
        answer = turn.answers[0]
        yield _event("start", "messageStart", {"role": "assistant"})
        for index, part in enumerate(answer.parts):
            place = {"contentBlockIndex": index}
            if isinstance(part, Call):
                start = {"toolUse": {"name": part.name, "toolUseId": _id(part, context)}}
                yield _event("other", "contentBlockStart", {**place, "start": start})
            for delta in _deltas(part):
                yield _event("delta", "contentBlockDelta", {**place, "delta": delta})
            yield _event("other", "contentBlockStop", place)
        yield _event("finish", "messageStop", {"stopReason": _reason(answer, context)})
        metrics = {"metrics": {"latencyMs": _latency(turn)}, "usage": _usage(turn)}
        yield _event("usage", "metadata", metrics)

    def frame(self, event: WireEvent) -> bytes:
        return eventstream.frame(event)

    def encode(self, body: Any) -> bytes:
        return compact(body)

    def content_type(self, ask: Ask, context: Context) -> str:
        return "application/vnd.amazon.eventstream" if ask.stream else "application/json"


def _event(kind: EventKind, name: str, data: dict[str, Any]) -> WireEvent:
    return WireEvent(kind, {**data, "p": eventstream.pad(len(str(data)))}, name)


def _id(call: Call, context: Context) -> str:
    return call.id or _tool_id(context.random)


def _block(part: Part, context: Context) -> dict[str, Any]:
    match part:
        case Call():
            given = parsed(part.whole)
            return {"toolUse": {"input": given, "name": part.name, "toolUseId": _id(part, context)}}
        case Reasoning(redacted=str() as data):
            return {"reasoningContent": {"redactedContent": data}}
        case Reasoning():
            told = {"text": part.whole, "signature": part.signature or ""}
            return {"reasoningContent": {"reasoningText": told}}
        case _:
            return {"text": part.whole}


def _deltas(part: Part) -> Iterator[dict[str, Any]]:
    match part:
        case Call():
            for piece in part.pieces:
                yield {"toolUse": {"input": piece}}
        case Reasoning(redacted=str() as data):
            yield {"reasoningContent": {"redactedContent": data}}
        case Reasoning():
            for piece in part.pieces:
                yield {"reasoningContent": {"text": piece}}
            yield {"reasoningContent": {"signature": part.signature or ""}}
        case _:
            for piece in part.pieces:
                yield {"text": piece}


def _reason(answer: Answer, context: Context) -> str:
    return context.finish_reasons.get(answer.finish) or _FINISH[answer.finish]


def _latency(turn: Turn) -> int:
    return 180 + 12 * turn.usage.output


def _usage(turn: Turn) -> dict[str, Any]:
    counted = turn.usage
    fresh = counted.input - counted.cached - counted.written
    result = {
        "inputTokens": fresh,
        "outputTokens": counted.output,
        "serverToolUsage": {},
        "totalTokens": counted.input + counted.output,
    }
    if counted.cached or counted.written:
        result |= {
            "cacheReadInputTokenCount": counted.cached,
            "cacheReadInputTokens": counted.cached,
            "cacheWriteInputTokenCount": counted.written,
            "cacheWriteInputTokens": counted.written,
        }
    return result
