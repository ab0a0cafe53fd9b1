"""OpenAI's legacy completions: a prompt in, text out, the same object streamed in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from mock_providers.answer.model import Answer, Ask, AskedMessage, Text, Turn
from mock_providers.dialects.base import Context, EventKind, Inbound, WireEvent
from mock_providers.dialects.openai_ask import embedding_inputs
from mock_providers.dialects.reading import flag, integer, mapping, strings, text
from mock_providers.dialects.wire import pretty, sse
from mock_providers.profiles.ids import compile_id

MAX_TOKENS = 16
"""What the API takes where the request does not say."""
_FINISH = {"length": "length", "content_filter": "content_filter"}
_DONE = WireEvent("end", "[DONE]")
_id = compile_id("cmpl-{base62:29}")


class OpenAICompletions:
    """``/completions``."""

    name = "openai_completions"

    def ask(self, inbound: Inbound, operation: str) -> Ask:
        body = mapping(inbound.json)
        prompts = embedding_inputs(body.get("prompt")) or ("",)
        limit = integer(body.get("max_tokens"))
        scored = integer(body.get("logprobs"))
        return Ask(
            operation=operation,
            model=text(body.get("model")) or inbound.params.get("model", ""),
            stream=flag(body.get("stream")),
            messages=tuple(AskedMessage("user", prompt) for prompt in prompts),
            n=max(1, min(128, len(prompts) * max(1, integer(body.get("n")) or 1))),
            stop=strings(body.get("stop")),
            max_tokens=MAX_TOKENS if limit is None else limit,
            logprobs=scored,
            include_usage=flag(mapping(body.get("stream_options")).get("include_usage")),
            seed=integer(body.get("seed")),
            raw=body,
        )

    def body(self, turn: Turn, ask: Ask, context: Context) -> Any:
        choices = [
            _choice(index, _pieces(answer), ask, _reason(answer, context))
            for index, answer in enumerate(turn.answers)
        ]
        return {**_head(ask, context), "choices": choices, "usage": _usage(turn)}

    def events(self, turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
        head = _head(ask, context)
        for step in zip_longest(*(_pieces(answer) for answer in turn.answers)):
            for index, piece in enumerate(step):
                if piece is not None:
                    yield _chunk("delta", head, _choice(index, (piece,), ask, None), ask)
        for index, answer in enumerate(turn.answers):
            last = _choice(index, (), ask, _reason(answer, context))
            yield _chunk("finish", head, last, ask)
        if ask.include_usage:
            yield WireEvent("usage", {**head, "choices": [], "usage": _usage(turn)})
        yield _DONE

    def frame(self, event: WireEvent) -> bytes:
        return sse(event)

    def encode(self, body: Any) -> bytes:
        return pretty(body)

    def content_type(self, ask: Ask, context: Context) -> str:
        return "text/event-stream; charset=utf-8" if ask.stream else "application/json"


def _chunk(kind: EventKind, head: dict[str, Any], choice: dict[str, Any], ask: Ask) -> WireEvent:
    usage = {"usage": None} if ask.include_usage else {}
    return WireEvent(kind, {**head, "choices": [choice], **usage})


def _head(ask: Ask, context: Context) -> dict[str, Any]:
    return {
        "id": _id(context.random),
        "object": "text_completion",
        "created": int(context.now),
        "model": ask.model,
    }


def _pieces(answer: Answer) -> tuple[str, ...]:
    return tuple(p for part in answer.parts if isinstance(part, Text) for p in part.pieces)


def _choice(index: int, pieces: tuple[str, ...], ask: Ask, reason: str | None) -> dict[str, Any]:
    scores = None if ask.logprobs is None else _logprobs(pieces, ask.logprobs)
    return {"text": "".join(pieces), "index": index, "logprobs": scores, "finish_reason": reason}


def _logprobs(pieces: tuple[str, ...], top: int) -> dict[str, Any]:
    offsets = [sum(len(p) for p in pieces[:at]) for at in range(len(pieces))]
    scores = [-0.1 for _ in pieces]
    best = [{piece: -0.1} if top else {} for piece in pieces]
    return {
        "tokens": list(pieces),
        "token_logprobs": scores,
        "top_logprobs": best,
        "text_offset": offsets,
    }


def _reason(answer: Answer, context: Context) -> str:
    return context.finish_reasons.get(answer.finish) or _FINISH.get(answer.finish, "stop")


def _usage(turn: Turn) -> dict[str, int]:
    counted = turn.usage
    return {
        "prompt_tokens": counted.input,
        "completion_tokens": counted.output,
        "total_tokens": counted.input + counted.output,
    }
