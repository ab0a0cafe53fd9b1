"""The official ``anthropic`` package, messages."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anthropic

from conformance.adapters import openai_shape as shape
from conformance.worker.adapter import AdapterInfo, Caller, Setup, Sink

ERRORS = {
    "BadRequestError": "E1001",
    "UnprocessableEntityError": "E1001",
    "AuthenticationError": "E1002",
    "PermissionDeniedError": "E1003",
    "NotFoundError": "E1004",
    "RequestTooLargeError": "E1005",
    "RateLimitError": "E2001",
    "OverloadedError": "E3002",
    "ServiceUnavailableError": "E3002",
    "DeadlineExceededError": "E3003",
    "InternalServerError": "E3001",
    "APITimeoutError": "E3003",
    "APIConnectionError": "E3001",
    "ConflictError": "E4001",
    "APIStatusError 402": "E2002",
    "APIStatusError 413": "E1005",
}

INFO = AdapterInfo(
    "anthropic",
    anthropic.__version__,
    frozenset({"tools", "thinking"}),
    ERRORS,
    frozenset({"anthropic"}),
    shape.SAYS | {"raw_finish", "thinking"},
)
DEFAULT_TOKENS = 1024


@asynccontextmanager
async def session(setup: Setup) -> AsyncIterator[Caller]:
    """A client for the mocks' Anthropic."""
    retries = setup.client.get("retry", {}).get("max_retries", 2)
    async with anthropic.AsyncAnthropic(
        base_url=setup.base_urls["anthropic"],
        api_key=setup.keys["anthropic"],
        max_retries=retries,
    ) as client:

        async def call(asked: Mapping[str, Any], sink: Sink) -> None:
            try:
                sink.answer(await _answer(client, asked, sink))
            except Exception as failure:
                sink.failed(shape.error(failure, ERRORS, anthropic.AnthropicError))

        yield call


async def _answer(
    client: anthropic.AsyncAnthropic, asked: Mapping[str, Any], sink: Sink
) -> dict[str, Any]:
    given = _given(asked)
    if not asked.get("stream"):
        create: Any = client.messages.create
        return _whole(await create(**given))
    async with client.messages.stream(**given) as stream:
        async for event in stream:
            if event.type == "text":
                sink.event("text", text=event.text)
            elif event.type == "thinking":
                sink.event("thinking", text=event.thinking)
        return shape.told_whole(_whole(await stream.get_final_message()), sink)


def _given(asked: Mapping[str, Any]) -> dict[str, Any]:
    messages = [m for m in shape.messages(asked) if m["role"] != "system"]
    system = [m["content"] for m in shape.messages(asked) if m["role"] == "system"]
    params = dict(asked.get("params", {}))
    if "stop" in params:
        params["stop_sequences"] = params.pop("stop")
    given = {
        "model": asked["model"].partition("/")[2],
        "max_tokens": DEFAULT_TOKENS,
        "messages": messages,
        **params,
    }
    if system:
        given["system"] = system[0]
    if "tools" in asked:
        empty = {"type": "object", "properties": {}}
        given["tools"] = [
            {"name": tool["name"], "input_schema": tool.get("parameters", empty)}
            for tool in asked["tools"]
        ]
    return given


def _whole(message: Any) -> dict[str, Any]:
    usage = message.usage
    return {
        "text": "".join(block.text for block in message.content if block.type == "text"),
        "thinking": "".join(b.thinking for b in message.content if b.type == "thinking"),
        "tool_calls": [
            {
                "id": block.id,
                "name": block.name,
                "arguments": block.input,
                "raw": json.dumps(block.input),
                "complete": True,
            }
            for block in message.content
            if block.type == "tool_use"
        ],
        "raw_finish": message.stop_reason,
        "usage": {"input": usage.input_tokens, "output": usage.output_tokens},
    }
