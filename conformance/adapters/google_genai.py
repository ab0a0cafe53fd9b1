"""The official ``google-genai`` package."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from google import genai
from google.genai import errors, types

from conformance.adapters import openai_shape as shape
from conformance.worker.adapter import AdapterInfo, Caller, Setup, Sink

# The package has two classes; what tells more is the status they carry.
ERRORS = {
    "ClientError": "E1001",
    "ClientError 401": "E1002",
    "ClientError 402": "E2002",
    "ClientError 403": "E1003",
    "ClientError 404": "E1004",
    "ClientError 408": "E3003",
    "ClientError 409": "E4001",
    "ClientError 413": "E1005",
    "ClientError 429": "E2001",
    "ClientError 499": "E4002",
    "ServerError": "E3001",
    "ServerError 503": "E3002",
    "ServerError 504": "E3003",
}

INFO = AdapterInfo(
    "google-genai",
    version("google-genai"),
    frozenset({"tools"}),
    ERRORS,
    frozenset({"gemini"}),
    shape.SAYS | {"raw_finish"},
)


@asynccontextmanager
async def session(setup: Setup) -> AsyncIterator[Caller]:
    """A client for the mocks' Gemini; it retries only where the scenario says so."""
    retry = setup.client.get("retry", {})
    attempts = types.HttpRetryOptions(attempts=retry["max_retries"] + 1) if retry else None
    client = genai.Client(
        api_key=setup.keys["gemini"],
        http_options=types.HttpOptions(
            base_url=setup.base_urls["gemini"], api_version="v1beta", retry_options=attempts
        ),
    )

    async def call(asked: Mapping[str, Any], sink: Sink) -> None:
        try:
            sink.answer(await _answer(client, asked, sink))
        except Exception as failure:
            sink.failed(shape.error(failure, ERRORS, errors.APIError))

    try:
        yield call
    finally:
        await client.aio.aclose()


async def _answer(client: genai.Client, asked: Mapping[str, Any], sink: Sink) -> dict[str, Any]:
    given: dict[str, Any] = {
        "model": asked["model"].partition("/")[2],
        "contents": asked.get("prompt") or asked["messages"][-1]["content"],
        "config": _config(asked),
    }
    if not asked.get("stream"):
        return _whole([await client.aio.models.generate_content(**given)])
    seen = []
    async for chunk in await client.aio.models.generate_content_stream(**given):
        seen.append(chunk)
        if text := _text(chunk):
            sink.event("text", text=text)
    return shape.told_whole(_whole(seen), sink)


def _config(asked: Mapping[str, Any]) -> types.GenerateContentConfig:
    names = {"max_tokens": "max_output_tokens", "stop": "stop_sequences", "n": "candidate_count"}
    given = {names.get(name, name): value for name, value in asked.get("params", {}).items()}
    if "tools" in asked:
        declared = [
            types.FunctionDeclaration(
                name=tool["name"], parameters_json_schema=tool.get("parameters")
            )
            for tool in asked["tools"]
        ]
        given["tools"] = [types.Tool(function_declarations=declared)]
    system = [m["content"] for m in asked.get("messages", ()) if m["role"] == "system"]
    if system:
        given["system_instruction"] = system[0]
    return types.GenerateContentConfig(**given)


def _parts(chunk: Any) -> list[Any]:
    content = chunk.candidates[0].content if chunk.candidates else None
    return list(content.parts or ()) if content else []


def _text(chunk: Any) -> str:
    return "".join(part.text for part in _parts(chunk) if part.text and not part.thought)


def _whole(chunks: list[Any]) -> dict[str, Any]:
    usage = next((c.usage_metadata for c in reversed(chunks) if c.usage_metadata), None)
    finishes = [c.candidates[0].finish_reason for c in chunks if c.candidates]
    finish = next((f for f in reversed(finishes) if f), None)
    calls = [p.function_call for c in chunks for p in _parts(c) if p.function_call]
    return {
        "text": "".join(_text(chunk) for chunk in chunks),
        "tool_calls": [
            {
                "id": call.id or f"call-{number}",
                "name": call.name,
                "arguments": dict(call.args or {}),
                "raw": json.dumps(dict(call.args or {})),
                "complete": True,
            }
            for number, call in enumerate(calls)
        ],
        "raw_finish": finish.value if finish else None,
        "usage": {
            "input": usage.prompt_token_count,
            "output": usage.candidates_token_count,
        }
        if usage
        else None,
    }
