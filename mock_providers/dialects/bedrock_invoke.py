"""Amazon Bedrock's InvokeModel: the model's own format inside Bedrock's envelope.

Which format is in the model id: Anthropic's messages, Nova's Converse-like one, Llama's
generation. A stream has ``chunk`` events with the native event in base64; the last one carries the
invocation metrics.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mock_providers.answer.model import Ask, AskedMessage, Text, Turn
from mock_providers.dialects import anthropic_ask, bedrock_ask, cohere_plain, eventstream
from mock_providers.dialects.anthropic_messages import AnthropicMessages
from mock_providers.dialects.base import Context, Inbound, WireEvent
from mock_providers.dialects.bedrock_converse import BedrockConverse
from mock_providers.dialects.openai_plain import row
from mock_providers.dialects.reading import integer, mapping, strings, text
from mock_providers.dialects.vectors import vector
from mock_providers.dialects.wire import compact

_anthropic = AnthropicMessages()
_nova = BedrockConverse()


@dataclass(frozen=True, slots=True)
class Native:
    """The format of one family of models."""

    ask: Callable[[Inbound, str], Ask]
    body: Callable[[Turn, Ask, Context], Any]
    events: Callable[[Turn, Ask, Context], Iterator[WireEvent]]


class BedrockInvoke:
    """``/model/{model}/invoke`` and ``/invoke-with-response-stream``."""

    name = "bedrock_invoke"

    def ask(self, inbound: Inbound, operation: str) -> Ask:
        model = bedrock_ask.model_of(inbound)
        native = _native(model)
        read = native.ask(inbound, operation) if native else _read_inputs(inbound, "embeddings")
        streamed = inbound.path.endswith("-stream")
        return replace(read, model=model, stream=streamed and native is not None)

    def body(self, turn: Turn, ask: Ask, context: Context) -> Any:
        native = _native(ask.model)
        return native.body(turn, ask, context) if native else _embeddings(turn, ask, context)

    def events(self, turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
        native = _native(ask.model)
        if native is None:
            return
        counted = turn.usage
        metrics = {
            "inputTokenCount": counted.input,
            "outputTokenCount": counted.output,
            "invocationLatency": 180 + 12 * counted.output,
            "firstByteLatency": 180,
        }
        held: WireEvent | None = None
        for event in native.events(turn, ask, context):
            if held is not None:
                yield _chunk(held, held.data)
            held = event
        if held is not None:
            yield _chunk(held, {**held.data, "amazon-bedrock-invocationMetrics": metrics})

    def frame(self, event: WireEvent) -> bytes:
        return eventstream.frame(event)

    def encode(self, body: Any) -> bytes:
        return compact(body)

    def content_type(self, ask: Ask, context: Context) -> str:
        return "application/vnd.amazon.eventstream" if ask.stream else "application/json"


def _chunk(event: WireEvent, data: Any) -> WireEvent:
    packed = base64.b64encode(compact(data)).decode()
    return WireEvent(event.kind, {"bytes": packed, "p": eventstream.pad(len(packed))}, "chunk")


def _native(model: str) -> Native | None:
    """The format of a model; ``None`` for embedding models."""
    return next((native for mark, native in _FAMILIES if mark in model), None)


def _anthropic_events(turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
    for event in _anthropic.events(turn, ask, context):
        if event.kind != "ping":
            yield event


def _nova_events(turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
    for event in _nova.events(turn, ask, context):
        data = {key: value for key, value in event.data.items() if key != "p"}
        yield WireEvent(event.kind, {str(event.name): data}, event.name)


def _nova_body(turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    whole = _nova.body(turn, ask, context)
    return {key: whole[key] for key in ("output", "stopReason", "usage")}


def _read_llama(inbound: Inbound, operation: str) -> Ask:
    body = mapping(inbound.json)
    return Ask(
        operation=operation,
        model=bedrock_ask.model_of(inbound),
        messages=(AskedMessage("user", text(body.get("prompt"))),),
        max_tokens=integer(body.get("max_gen_len")),
        raw=body,
    )


def _llama_body(turn: Turn, _ask: Ask, _context: Context) -> dict[str, Any]:
    answer = turn.answers[0]
    said = "".join(part.whole for part in answer.parts if isinstance(part, Text))
    return {
        "generation": said,
        "prompt_token_count": turn.usage.input,
        "generation_token_count": turn.usage.output,
        "stop_reason": "length" if answer.finish == "length" else "stop",
    }


def _llama_events(turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
    reason = _llama_body(turn, ask, context)["stop_reason"]
    pieces = [p for part in turn.answers[0].parts for p in part.pieces]
    for at, piece in enumerate([*pieces, ""]):
        last = at == len(pieces)
        line = {
            "generation": piece,
            "prompt_token_count": turn.usage.input if at == 0 else None,
            "generation_token_count": min(at + 1, len(pieces)),
            "stop_reason": reason if last else None,
        }
        yield WireEvent("finish" if last else "delta", line)


def _read_inputs(inbound: Inbound, operation: str) -> Ask:
    body = mapping(inbound.json)
    return Ask(
        operation=operation,
        model=bedrock_ask.model_of(inbound),
        inputs=strings(body.get("inputText", body.get("texts"))),
        dimensions=integer(body.get("dimensions", body.get("output_dimension"))),
        raw=body,
    )


def _embeddings(turn: Turn, ask: Ask, context: Context) -> Mapping[str, Any]:
    if "cohere" in ask.model:
        made = cohere_plain.write_embed(turn, ask, context)
        floats = made["embeddings"].get("float", [])
        if ask.raw.get("embedding_types"):
            return {key: made[key] for key in ("id", "texts", "embeddings", "response_type")}
        kind = "embeddings_floats"
        return {
            "id": made["id"],
            "texts": made["texts"],
            "embeddings": floats,
            "response_type": kind,
        }
    size = ask.dimensions or row(context, ask.model).get("dimensions") or 1024
    values = vector(ask.inputs[0] if ask.inputs else "", min(size, 8192))
    return {
        "embedding": values,
        "embeddingsByType": {"float": values},
        "inputTextTokenCount": turn.usage.input,
    }


_FAMILIES = (
    ("anthropic.", Native(anthropic_ask.read, _anthropic.body, _anthropic_events)),
    ("nova", Native(bedrock_ask.read, _nova_body, _nova_events)),
    ("llama", Native(_read_llama, _llama_body, _llama_events)),
)
"""What stands in a model id of the family, and its format."""
