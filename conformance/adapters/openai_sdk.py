"""The official ``openai`` package, chat completions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import openai

from conformance.worker.adapter import AdapterInfo, Caller, Setup, Sink

# What the class of an exception says about the cause, in the standard codes.
ERRORS = {
    "BadRequestError": "E1001",
    "UnprocessableEntityError": "E1001",
    "AuthenticationError": "E1002",
    "PermissionDeniedError": "E1003",
    "NotFoundError": "E1004",
    "RateLimitError": "E2001",
    "InternalServerError": "E3001",
    "APIConnectionError": "E3001",
    "APITimeoutError": "E3003",
    "ConflictError": "E4001",
}

INFO = AdapterInfo(
    "openai", openai.__version__, frozenset({"tools"}), ERRORS, frozenset({"openai"})
)


@asynccontextmanager
async def session(setup: Setup) -> AsyncIterator[Caller]:
    """A client for the mocks' OpenAI."""
    retries = setup.client.get("retry", {}).get("max_retries", 2)
    async with openai.AsyncOpenAI(
        base_url=setup.base_urls["openai"], api_key=setup.keys["openai"], max_retries=retries
    ) as client:

        async def call(asked: Mapping[str, Any], sink: Sink) -> None:
            await _call(client, asked, sink)

        yield call


async def _call(client: openai.AsyncOpenAI, asked: Mapping[str, Any], sink: Sink) -> None:
    body = _body(asked)
    try:
        if asked.get("stream"):
            sink.answer(await _stream(client, body, sink))
        else:
            sink.answer(_plain(await client.chat.completions.create(**body)))
    except Exception as error:
        sink.failed(_error(error))


def _body(asked: Mapping[str, Any]) -> dict[str, Any]:
    messages = asked.get("messages") or [{"role": "user", "content": asked["prompt"]}]
    body = {"model": asked["model"].partition("/")[2], "messages": messages}
    if "tools" in asked:
        body["tools"] = [{"type": "function", "function": tool} for tool in asked["tools"]]
    if "tool_choice" in asked:
        body["tool_choice"] = asked["tool_choice"]
    return {**body, **asked.get("params", {})}


def _plain(completion: Any) -> dict[str, Any]:
    choice = completion.choices[0]
    calls = [
        _tool(c.id, c.function.name, c.function.arguments) for c in choice.message.tool_calls or ()
    ]
    return {
        "text": choice.message.content or "",
        "tool_calls": calls,
        "raw_finish": choice.finish_reason,
        "usage": _usage(completion.usage),
        "model": completion.model,
        "response_id": completion.id,
    }


async def _stream(client: openai.AsyncOpenAI, body: dict[str, Any], sink: Sink) -> dict[str, Any]:
    text, finish, usage = "", None, None
    tools: dict[int, list[str]] = {}
    stream = await client.chat.completions.create(
        **body, stream=True, stream_options={"include_usage": True}
    )
    async for chunk in stream:
        usage = chunk.usage or usage
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
        "tool_calls": [_tool(*parts) for _, parts in sorted(tools.items())],
        "raw_finish": finish,
        "usage": _usage(usage),
    }


def _fragment(delta: Any, tools: dict[int, list[str]], sink: Sink) -> None:
    if delta.index not in tools:
        tools[delta.index] = [delta.id, delta.function.name, ""]
        sink.event("tool_start", id=delta.id, name=delta.function.name, index=delta.index)
    if delta.function and delta.function.arguments:
        tools[delta.index][2] += delta.function.arguments
        sink.event(
            "tool_args",
            id=tools[delta.index][0],
            text=delta.function.arguments,
            index=delta.index,
        )


def _tool(tool_id: str, name: str, raw: str) -> dict[str, Any]:
    try:
        arguments, complete = json.loads(raw) if raw else {}, True
    except ValueError:
        arguments, complete = {}, False
    return {"id": tool_id, "name": name, "arguments": arguments, "raw": raw, "complete": complete}


def _usage(usage: Any) -> dict[str, Any] | None:
    if usage is None:
        return None
    return {
        "input": usage.prompt_tokens,
        "output": usage.completion_tokens,
        "total": usage.total_tokens,
    }


def _error(error: Exception) -> dict[str, Any]:
    name = type(error).__name__
    return {
        "class": name,
        "code": ERRORS.get(name),
        "status": getattr(error, "status_code", None),
        "message": str(error),
        "wrapped": isinstance(error, openai.OpenAIError),
    }
