"""Ollama's own API: lines of JSON, streamed unless the request says ``"stream": false``.

Sequences as recorded (38 streams): a line a token (thoughts first), a line a call with its
arguments as an object, then a line with ``done`` and the statistics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mock_providers.answer.model import Answer, Ask, AskedMessage, Call, Part, Reasoning, Turn
from mock_providers.answer.tokens import count
from mock_providers.dialects import openai_ask
from mock_providers.dialects.base import Context, Inbound, WireEvent
from mock_providers.dialects.reading import (
    integer,
    items,
    mapping,
    objects,
    parsed_object,
    strings,
    text,
)
from mock_providers.dialects.wire import compact, ndjson
from mock_providers.profiles.ids import compile_id

_FINISH = {"length": "length"}
_NANOSECONDS_PER_TOKEN = 12_000_000
_call_id = compile_id("call_{alnum:8}")


@dataclass(frozen=True, slots=True)
class Ollama:
    """``/api/chat`` and, with ``generates``, ``/api/generate``."""

    name: str
    generates: bool = False

    def ask(self, inbound: Inbound, operation: str) -> Ask:
        body = mapping(inbound.json)
        options = mapping(body.get("options"))
        wanted = body.get("format")
        limit = integer(options.get("num_predict"))
        return Ask(
            operation=operation,
            model=text(body.get("model")),
            stream=body.get("stream") is not False,
            messages=_prompt(body) if self.generates else _messages(body),
            tools=() if self.generates else openai_ask.tools(body.get("tools")),
            schema=wanted if isinstance(wanted, Mapping) else None,
            json_mode=wanted == "json",
            stop=strings(options.get("stop")),
            max_tokens=limit if limit is not None and limit >= 0 else None,
            reasoning=body.get("think") not in (None, False),
            seed=integer(options.get("seed")),
            raw=body,
        )

    def body(self, turn: Turn, ask: Ask, context: Context) -> Any:
        answer = turn.answers[0]
        whole = _shown("", "", _calls(answer, context), generates=self.generates)
        for part in answer.parts:
            if not isinstance(part, Call):
                key = self._key(part)
                _place(whole, self.generates)[key] = part.whole
        return {**_head(ask, context), **whole, **_ended(turn, ask, self.generates)}

    def events(self, turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
        answer = turn.answers[0]
        head = _head(ask, context)
        for part in answer.parts:
            if isinstance(part, Call):
                continue
            for piece in part.pieces:
                thought = piece if isinstance(part, Reasoning) else ""
                said = "" if thought else piece
                line = _shown(said, thought, [], generates=self.generates)
                yield WireEvent("delta", {**head, **line, "done": False})
        for call in _calls(answer, context):
            line = _shown("", "", [call], generates=self.generates)
            yield WireEvent("delta", {**head, **line, "done": False})
        last = _shown("", "", [], generates=self.generates)
        yield WireEvent("finish", {**head, **last, **_ended(turn, ask, self.generates)})

    def frame(self, event: WireEvent) -> bytes:
        return ndjson(event)

    def encode(self, body: Any) -> bytes:
        return compact(body)

    def content_type(self, ask: Ask, context: Context) -> str:
        return "application/x-ndjson" if ask.stream else "application/json; charset=utf-8"

    def _key(self, part: Part) -> str:
        if isinstance(part, Reasoning):
            return "thinking"
        return "response" if self.generates else "content"


def _prompt(body: Mapping[str, Any]) -> tuple[AskedMessage, ...]:
    system = text(body.get("system"))
    head = (AskedMessage("system", system),) if system else ()
    images = len(items(body.get("images")))
    return (*head, AskedMessage("user", text(body.get("prompt")), images=images))


def _messages(body: Mapping[str, Any]) -> tuple[AskedMessage, ...]:
    found = []
    for item in objects(body.get("messages")):
        role = text(item.get("role"), "user")
        called = [mapping(c.get("function")).get("name") for c in objects(item.get("tool_calls"))]
        found.append(
            AskedMessage(
                role=role,
                text=text(item.get("content")),
                images=len(items(item.get("images"))),
                tool_results=(text(item.get("tool_name")),) if role == "tool" else (),
                tool_calls=tuple(text(name) for name in called),
            )
        )
    return tuple(found)


def timestamp(context: Context) -> str:
    """The time as Ollama writes it, with nanoseconds."""
    now = datetime.fromtimestamp(context.now, UTC)
    return now.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


def _head(ask: Ask, context: Context) -> dict[str, Any]:
    return {"model": ask.model, "created_at": timestamp(context)}


def _shown(
    said: str, thought: str, calls: list[dict[str, Any]], *, generates: bool
) -> dict[str, Any]:
    if generates:
        return {"response": said, **({"thinking": thought} if thought else {})}
    message: dict[str, Any] = {"role": "assistant", "content": said}
    if thought:
        message["thinking"] = thought
    if calls:
        message["tool_calls"] = calls
    return {"message": message}


def _place(whole: dict[str, Any], generates: bool) -> dict[str, Any]:
    place: dict[str, Any] = whole if generates else whole["message"]
    return place


def _calls(answer: Answer, context: Context) -> list[dict[str, Any]]:
    calls = [part for part in answer.parts if isinstance(part, Call)]
    return [
        {
            "id": call.id or _call_id(context.random),
            "function": {"index": index, "name": call.name, "arguments": parsed_object(call.whole)},
        }
        for index, call in enumerate(calls)
    ]


def _ended(turn: Turn, ask: Ask, generates: bool) -> dict[str, Any]:
    counted = turn.usage
    asked = counted.input * _NANOSECONDS_PER_TOKEN // 10
    told = counted.output * _NANOSECONDS_PER_TOKEN
    load = 80_000_000
    context = {"context": list(range(1, count(ask.last_user_text) + 1))} if generates else {}
    return {
        "done": True,
        "done_reason": _FINISH.get(turn.answers[0].finish, "stop"),
        **context,
        "total_duration": load + asked + told,
        "load_duration": load,
        "prompt_eval_count": counted.input,
        "prompt_eval_duration": asked,
        "eval_count": counted.output,
        "eval_duration": told,
    }


OLLAMA_CHAT = Ollama("ollama_chat")
OLLAMA_GENERATE = Ollama("ollama_generate", generates=True)
