"""Answers in the shape of OpenAI's chat completions, which several clients give back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from conformance.worker.adapter import Sink

SAYS = frozenset(
    {"outcome", "text", "tool_calls.name", "tool_calls.arguments", "tool_calls.id", "usage.input"}
    | {"usage.output", "error.code", "error.status", "elapsed", "first_event", "requests"}
    | {"request", "hinted_delays", "arrivals", "same_requests"}
)
"""What such a client has words for: no normalised finish reason, no events of its own, no record
of what came before a failure."""


def messages(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The call's messages as OpenAI writes them."""
    if "prompt" in asked:
        return [{"role": "user", "content": asked["prompt"]}]
    return [_message(message) for message in asked["messages"]]


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    written = {k: v for k, v in message.items() if k != "tool_calls"}
    if "tool_calls" in message:
        written["tool_calls"] = [
            {
                "id": call["id"],
                "type": "function",
                "function": {"name": call["name"], "arguments": json.dumps(call["arguments"])},
            }
            for call in message["tool_calls"]
        ]
    return written


def options(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Tools and parameters of the call."""
    given = dict(asked.get("params", {}))
    if "tools" in asked:
        given["tools"] = [{"type": "function", "function": tool} for tool in asked["tools"]]
    if "tool_choice" in asked:
        given["tool_choice"] = asked["tool_choice"]
    return given


def plain(completion: Any) -> dict[str, Any]:
    """A whole answer."""
    choice = completion.choices[0]
    return {
        "text": choice.message.content or "",
        "tool_calls": [
            tool(call.id, call.function.name, call.function.arguments)
            for call in choice.message.tool_calls or ()
        ],
        "raw_finish": choice.finish_reason,
        "usage": _usage(getattr(completion, "usage", None)),
    }


async def streamed(chunks: AsyncIterator[Any], sink: Sink) -> dict[str, Any]:
    """A streamed answer, put together as most callers do it: fragments by their index."""
    text, finish, usage = "", None, None
    tools: dict[int, list[str]] = {}
    async for chunk in chunks:
        usage = getattr(chunk, "usage", None) or usage
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
            if choice.delta.content:
                text += choice.delta.content
                sink.event("text", text=choice.delta.content)
            for delta in choice.delta.tool_calls or ():
                _fragment(delta, tools, sink)
    sink.event("end", raw_finish=finish)
    return {
        "text": text,
        "tool_calls": [tool(*parts) for _, parts in sorted(tools.items())],
        "raw_finish": finish,
        "usage": _usage(usage),
    }


def _fragment(delta: Any, tools: dict[int, list[str]], sink: Sink) -> None:
    function = delta.function
    if delta.index not in tools:
        tools[delta.index] = [delta.id, function.name, ""]
        sink.event("tool_start", id=delta.id, name=function.name, index=delta.index)
    if function and function.arguments:
        tools[delta.index][2] += function.arguments
        sink.event(
            "tool_args", id=tools[delta.index][0], text=function.arguments, index=delta.index
        )


def tool(tool_id: str, name: str, raw: str) -> dict[str, Any]:
    """A tool call, its arguments parsed."""
    try:
        arguments, complete = json.loads(raw) if raw else {}, True
    except ValueError:
        arguments, complete = {}, False
    return {"id": tool_id, "name": name, "arguments": arguments, "raw": raw, "complete": complete}


def told_whole(answer: dict[str, Any], sink: Sink) -> dict[str, Any]:
    """Tells the end of a stream, and the calls, of a client that gives these only when whole."""
    for call in answer["tool_calls"]:
        sink.event("tool_start", id=call["id"], name=call["name"])
        sink.event("tool_args", id=call["id"], text=call["raw"])
    sink.event("end", raw_finish=answer["raw_finish"])
    return answer


def _usage(usage: Any) -> dict[str, Any] | None:
    if usage is None:
        return None
    return {"input": usage.prompt_tokens, "output": usage.completion_tokens}


def error(failure: Exception, codes: Mapping[str, str], own: type[Exception]) -> dict[str, Any]:
    """What a call raised: its code by the name of its class, or of one it derives from, with the
    status it tells (``"APIStatusError 413"``) or without."""
    status = getattr(failure, "status_code", None) or getattr(failure, "code", None)
    classes = [cls.__name__ for cls in type(failure).__mro__]
    names = [name for cls in classes for name in (f"{cls} {status}", cls)]
    return {
        "class": classes[0],
        "code": next((codes[name] for name in names if name in codes), None),
        "status": status,
        "message": str(failure),
        "wrapped": isinstance(failure, own),
    }
