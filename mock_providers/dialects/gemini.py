"""Google's generateContent: every chunk is a whole answer with what is new in it.

Sequences as recorded (314 streams): text in chunks of several tokens, the finish reason on the last
one; thoughts first as parts marked ``thought``, then a last empty text with the signature; function
calls whole, several as parts of one chunk, the signature on the first; always finish STOP. Streams
are server-sent events with CRLF, or without ``alt=sse`` one JSON array.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from mock_providers.answer.model import Answer, Ask, Call, Reasoning, Turn
from mock_providers.dialects.base import Context, Inbound, WireEvent
from mock_providers.dialects.gemini_ask import read, shows_thoughts
from mock_providers.dialects.reading import parsed_object
from mock_providers.dialects.wire import google_line, pretty, pretty_line
from mock_providers.profiles.ids import compile_id

_FINISH = {
    "stop": "STOP",
    "length": "MAX_TOKENS",
    "stop_sequence": "STOP",
    "tool_calls": "STOP",
    "content_filter": "SAFETY",
    "refusal": "STOP",
    "pause": "STOP",
    "error": "OTHER",
}
_CHUNK = 8
"""Tokens a streamed chunk holds."""
_response_id = compile_id("{base62:22}")
_CATEGORIES = ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")
_JSON = "application/json; charset=UTF-8"

Part = dict[str, Any]
Step = tuple[list[Part], int, int]
"""The parts of one chunk and the tokens (candidates, thoughts) they add."""


class Gemini:
    """``:generateContent`` and ``:streamGenerateContent`` on v1, v1beta, v1alpha and Vertex."""

    name = "gemini"

    def ask(self, inbound: Inbound, operation: str) -> Ask:
        return read(inbound, operation)

    def body(self, turn: Turn, ask: Ask, context: Context) -> Any:
        candidates = []
        for index, answer in enumerate(turn.answers):
            parts = _merged([part for step in _steps(answer, ask) for part in step[0]])
            candidate = _candidate(parts, index, _reason(answer, context), answer)
            if ask.logprobs is not None:
                candidate |= _logprobs(answer, ask.logprobs, context)
            candidates.append(candidate)
        spoken = turn.usage.output - turn.usage.reasoning
        return {
            "candidates": candidates,
            "usageMetadata": _usage(turn, spoken, turn.usage.reasoning, context),
            **_tail(ask, context),
        }

    def events(self, turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
        tail = _tail(ask, context)
        spoken = thought = 0
        queues = [_steps(answer, ask) for answer in turn.answers]
        opening = "[" if ask.form == "array" else None
        for at in range(max(map(len, queues))):
            for index, (answer, steps) in enumerate(zip(turn.answers, queues, strict=True)):
                if at >= len(steps):
                    continue
                parts, new_spoken, new_thought = steps[at]
                spoken, thought = spoken + new_spoken, thought + new_thought
                last = at == len(steps) - 1
                if last and index == len(queues) - 1:  # hidden thoughts are in the last count
                    spoken, thought = turn.usage.output - turn.usage.reasoning, turn.usage.reasoning
                reason = _reason(answer, context) if last else None
                chunk = {
                    "candidates": [_candidate(parts, index, reason, answer)],
                    "usageMetadata": _usage(turn, spoken, thought, context, last=last),
                    **tail,
                }
                yield WireEvent("finish" if last else "delta", chunk, opening)
                opening = opening and ","
        if ask.form == "array":
            yield WireEvent("end", "]")

    def frame(self, event: WireEvent) -> bytes:
        match event.name:
            case "[":
                return b"[" + pretty(event.data)
            case ",":
                return b"\n,\n" + pretty(event.data)
        if isinstance(event.data, str):
            return b"\n" + event.data.encode()
        return b"data: " + google_line(event.data) + b"\r\n\r\n"

    def encode(self, body: Any) -> bytes:
        return pretty_line(body)

    def content_type(self, ask: Ask, context: Context) -> str:
        return "text/event-stream" if ask.stream and ask.form != "array" else _JSON


def _steps(answer: Answer, ask: Ask) -> list[Step]:
    """What each chunk of a stream holds."""
    visible = shows_thoughts(ask)
    steps: list[Step] = []
    calls: list[Part] = []
    cost = 0
    signature = None
    for part in answer.parts:
        if isinstance(part, Call):
            call: Part = {"functionCall": {"name": part.name, "args": parsed_object(part.whole)}}
            if part.id is not None:
                call["functionCall"]["id"] = part.id
            if not calls:
                call["thoughtSignature"] = signature or _SIGNATURE
            calls.append(call)
            cost += len(part.pieces)
        elif isinstance(part, Reasoning):
            signature = part.signature
            if visible:
                for text, size in _grouped(part.pieces):
                    steps.append(([{"text": text, "thought": True}], 0, size))
        else:
            steps += [([{"text": text}], size, 0) for text, size in _grouped(part.pieces)]
    if calls:
        steps.append((calls, cost, 0))
    elif signature and visible:
        steps.append(([{"text": "", "thoughtSignature": signature}], 0, 0))
    return steps or [([], 0, 0)]


_SIGNATURE = "CpQBAb4+9vsO2wZ9n0pXxk3bTq1mR5dQ7cJ8yV2uLhE6sFaGiKtWoNzPjBrYlMvXfUeHgDCSAq0="


def _grouped(pieces: Sequence[str]) -> Iterator[tuple[str, int]]:
    """The first token alone, then groups: streams start small."""
    if pieces:
        yield pieces[0], 1
    for at in range(1, len(pieces), _CHUNK):
        group = pieces[at : at + _CHUNK]
        yield "".join(group), len(group)


def _merged(parts: list[Part]) -> list[Part]:
    """The parts of a plain answer: neighbouring texts of one kind joined."""
    result: list[Part] = []
    for part in parts:
        last = result[-1] if result else {}
        same = "text" in part and "text" in last and part.get("thought") == last.get("thought")
        if same and "thoughtSignature" not in last:
            result[-1] = {**last, **part, "text": last["text"] + part["text"]}
        else:
            result.append(part)
    return result


def _candidate(parts: list[Part], index: int, reason: str | None, answer: Answer) -> dict[str, Any]:
    if reason == "SAFETY":
        ratings = [
            {"category": f"HARM_CATEGORY_{name}", "probability": "NEGLIGIBLE"}
            for name in _CATEGORIES
        ]
        return {"content": {}, "finishReason": reason, "index": index, "safetyRatings": ratings}
    content: dict[str, Any] = {"parts": parts} if parts else {}
    candidate: dict[str, Any] = {"content": {**content, "role": "model"}}
    if reason is not None:
        candidate["finishReason"] = reason
    candidate["index"] = index
    if reason is not None and answer.finish == "tool_calls":
        candidate["finishMessage"] = "Model generated function call(s)."
    return candidate


def _reason(answer: Answer, context: Context) -> str:
    return context.finish_reasons.get(answer.finish) or _FINISH[answer.finish]


def _usage(
    turn: Turn, spoken: int, thought: int, context: Context, *, last: bool = True
) -> dict[str, Any]:
    counted = turn.usage
    fixed: dict[str, Any] = context.quirks.get("usage_fields", {"serviceTier": "standard"})
    if not last and context.quirks.get("usage_last"):
        return fixed
    result: dict[str, Any] = {"promptTokenCount": counted.input}
    if spoken:
        result["candidatesTokenCount"] = spoken
    result["totalTokenCount"] = counted.input + spoken + thought
    if counted.cached:
        result["cachedContentTokenCount"] = counted.cached
    result["promptTokensDetails"] = [{"modality": "TEXT", "tokenCount": counted.input}]
    if spoken and context.quirks.get("candidates_details"):
        result["candidatesTokensDetails"] = [{"modality": "TEXT", "tokenCount": spoken}]
    if thought:
        result["thoughtsTokenCount"] = thought
    return {**result, **fixed}


def _tail(ask: Ask, context: Context) -> dict[str, Any]:
    versions = context.quirks.get("model_versions", {})
    tail = {
        "modelVersion": versions.get(ask.model, ask.model),
        "responseId": _response_id(context.random),
    }
    if context.quirks.get("create_time"):
        now = datetime.fromtimestamp(context.now, UTC)
        tail["createTime"] = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return tail


def _logprobs(answer: Answer, top: int, context: Context) -> dict[str, Any]:
    """``responseLogprobs``: documented form, in no recording."""
    pieces = [p for part in answer.parts if not isinstance(part, Call) for p in part.pieces]
    scores = [-context.random.random() / 4 for _ in pieces]
    chosen = [{"token": p, "logProbability": s} for p, s in zip(pieces, scores, strict=True)]
    average = sum(scores) / max(1, len(scores))
    result: dict[str, Any] = {"chosenCandidates": chosen}
    if top:
        result["topCandidates"] = [{"candidates": [c]} for c in chosen]
    return {"avgLogprobs": average, "logprobsResult": result}
