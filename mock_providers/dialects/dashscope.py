"""DashScope's own API (text and multimodal generation, text embeddings).

A stream has numbered SSE frames without a space after the colons; each holds the whole text so far
unless ``incremental_output`` is set; the finish reason is the string ``null`` until the end.
Evidence: the vendor's SDK (no recording exists).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_providers.answer.model import Answer, Ask, Call, Reasoning, Text, Turn
from mock_providers.dialects import openai_ask
from mock_providers.dialects.base import Context, Inbound, WireEvent
from mock_providers.dialects.plain import PlainDialect
from mock_providers.dialects.reading import flag, integer, mapping, strings, text
from mock_providers.dialects.vectors import vector
from mock_providers.dialects.wire import compact
from mock_providers.profiles.ids import compile_id

DIMENSIONS = 1024
_FINISH = {"length": "length", "tool_calls": "tool_calls"}
_uuid = compile_id("{uuid}")
_call_id = compile_id("call_{hex:22}")


class DashScope:
    """``/services/aigc/{text,multimodal}-generation/generation``."""

    name = "dashscope"

    def ask(self, inbound: Inbound, operation: str) -> Ask:
        body = mapping(inbound.json)
        given, parameters = mapping(body.get("input")), mapping(body.get("parameters"))
        schema, json_mode = openai_ask.response_format(parameters.get("response_format"))
        prompt = [{"role": "user", "content": given.get("prompt")}]
        return Ask(
            operation=operation,
            model=text(body.get("model")),
            stream=_streams(inbound.headers),
            messages=openai_ask.messages(given.get("messages") or prompt),
            tools=openai_ask.tools(parameters.get("tools")),
            tool_choice=openai_ask.tool_choice(parameters.get("tool_choice")),
            parallel_tools=flag(parameters.get("parallel_tool_calls")),
            schema=schema,
            json_mode=json_mode,
            n=max(1, min(4, integer(parameters.get("n")) or 1)),
            stop=strings(parameters.get("stop")),
            max_tokens=integer(parameters.get("max_tokens")),
            reasoning=flag(parameters.get("enable_thinking")),
            seed=integer(parameters.get("seed")),
            form=_form(inbound.path, parameters),
            raw=body,
        )

    def body(self, turn: Turn, ask: Ask, context: Context) -> Any:
        told = [_whole(answer, context) for answer in turn.answers]
        reasons = [_reason(answer, context) for answer in turn.answers]
        return _result(told, reasons, ask, turn, turn.usage.output, _uuid(context.random))

    def events(self, turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
        request_id = _uuid(context.random)
        answer = turn.answers[0]
        grows = not flag(mapping(ask.raw.get("parameters")).get("incremental_output"))
        told: dict[str, Any] = {"content": "", "reasoning_content": ""}
        number = 0
        for key, piece in _pieces(answer):
            number += 1
            told[key] = told[key] + piece if grows else piece
            if not grows:
                told = {**dict.fromkeys(told, ""), key: piece}
            data = _result([_trim(told)], ["null"], ask, turn, number, request_id)
            yield WireEvent("start" if number == 1 else "delta", data, str(number))
        last = _whole(answer, context) if grows else {"content": "", **_called(answer, context)}
        reason = _reason(answer, context)
        data = _result([last], [reason], ask, turn, turn.usage.output, request_id)
        yield WireEvent("finish", data, str(number + 1))

    def frame(self, event: WireEvent) -> bytes:
        kind, status = ("error", b"400") if event.kind == "error" else ("result", b"200")
        start = f"id:{event.name or '1'}\nevent:{kind}\n:HTTP_STATUS/".encode()
        data = event.data.encode() if isinstance(event.data, str) else compact(event.data)
        return start + status + b"\ndata:" + data + b"\n\n"

    def encode(self, body: Any) -> bytes:
        return compact(body)

    def content_type(self, ask: Ask, context: Context) -> str:
        return "text/event-stream;charset=UTF-8" if ask.stream else "application/json"


def _streams(headers: Mapping[str, str]) -> bool:
    wanted = headers.get("x-dashscope-sse", "").lower() == "enable"
    return wanted or "text/event-stream" in headers.get("accept", "")


def _form(path: str, parameters: Mapping[str, Any]) -> str:
    if "multimodal" in path:
        return "parts"
    return "message" if parameters.get("result_format") == "message" else "text"


def _pieces(answer: Answer) -> Iterator[tuple[str, str]]:
    for part in answer.parts:
        if isinstance(part, Text | Reasoning):
            key = "content" if isinstance(part, Text) else "reasoning_content"
            for piece in part.pieces:
                yield key, piece


def _trim(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if value or key == "content"}


def _whole(answer: Answer, context: Context) -> dict[str, Any]:
    told: dict[str, Any] = {"content": "", "reasoning_content": ""}
    for key, piece in _pieces(answer):
        told[key] += piece
    return {**_trim(told), **_called(answer, context)}


def _called(answer: Answer, context: Context) -> dict[str, Any]:
    calls = [part for part in answer.parts if isinstance(part, Call)]
    made = [
        {
            "index": index,
            "id": call.id or _call_id(context.random),
            "type": "function",
            "function": {"name": call.name, "arguments": call.whole},
        }
        for index, call in enumerate(calls)
    ]
    return {"tool_calls": made} if made else {}


def _reason(answer: Answer, context: Context) -> str:
    return context.finish_reasons.get(answer.finish) or _FINISH.get(answer.finish, "stop")


def _result(
    told: list[dict[str, Any]],
    reasons: list[str],
    ask: Ask,
    turn: Turn,
    spent: int,
    request_id: str,
) -> dict[str, Any]:
    counts = {
        "input_tokens": turn.usage.input,
        "output_tokens": spent,
        "total_tokens": turn.usage.input + spent,
    }
    if ask.form == "text":
        output: dict[str, Any] = {"text": told[0]["content"], "finish_reason": reasons[0]}
    else:
        output = {
            "choices": [
                {"finish_reason": reason, "message": {"role": "assistant", **_shaped(one, ask)}}
                for one, reason in zip(told, reasons, strict=True)
            ]
        }
    return {"output": output, "usage": counts, "request_id": request_id}


def _shaped(told: dict[str, Any], ask: Ask) -> dict[str, Any]:
    return {**told, "content": [{"text": told["content"]}]} if ask.form == "parts" else told


def _read_embeddings(inbound: Inbound, operation: str) -> Ask:
    body = mapping(inbound.json)
    parameters = mapping(body.get("parameters"))
    return Ask(
        operation=operation,
        model=text(body.get("model")),
        inputs=strings(mapping(body.get("input")).get("texts")),
        dimensions=integer(parameters.get("dimension")),
        raw=body,
    )


def _write_embeddings(turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    size = min(ask.dimensions or DIMENSIONS, 8192)
    made = [
        {"text_index": index, "embedding": vector(item, size)}
        for index, item in enumerate(ask.inputs)
    ]
    return {
        "output": {"embeddings": made},
        "usage": {"total_tokens": turn.usage.input},
        "request_id": _uuid(context.random),
    }


DASHSCOPE_EMBEDDINGS = PlainDialect("dashscope_embeddings", _read_embeddings, _write_embeddings)
