"""``ailib``, through its public API alone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any

import ailib
from ailib import AiClient, CallStats, CancelToken, ChatResponse, ContentBlock, Message
from ailib.errors import AiLibError
from ailib.resilience import (
    BackpressureConfig,
    CircuitBreakerConfig,
    RateLimiterConfig,
    ResilientConfig,
    RetryConfig,
)
from ailib.transport import Timeouts, Transport
from ailib.types import StreamingEvent, Usage
from conformance.worker.adapter import AdapterInfo, Caller, Setup, Sink

INFO = AdapterInfo(
    "ailib",
    ailib.__version__,
    frozenset(
        {"tools", "thinking", "candidates", "responses", "timeouts", "breaker", "rate_limit"}
        | {"in_flight", "fallback", "cancel"}
    ),
)

USAGE = {
    "input": "prompt_tokens",
    "output": "completion_tokens",
    "total": "total_tokens",
    "cached": "cache_read_tokens",
    "cache_written": "cache_creation_tokens",
    "reasoning": "reasoning_tokens",
}


def session(setup: Setup) -> AbstractAsyncContextManager[Caller]:
    """One client for the whole scenario, as a program would have it; a call that names another
    model gets a client of its own."""
    return session_over(setup, None)


@asynccontextmanager
async def session_over(setup: Setup, transport: Transport | None) -> AsyncIterator[Caller]:
    """A session over a transport of the caller's, ``None`` for the client's own."""
    clients: dict[str, AiClient] = {}

    async def call(asked: Mapping[str, Any], sink: Sink) -> None:
        try:
            client = clients.get(asked["model"])
            if client is None:
                client = clients[asked["model"]] = await _client(asked["model"], setup, transport)
            await _call(client, asked, sink)
        except Exception as error:
            sink.failed(_error(error))

    try:
        yield call
    finally:
        for client in clients.values():
            await client.close()


async def _client(model: str, setup: Setup, transport: Transport | None) -> AiClient:
    own = model.partition("/")[0]
    keys = {} if setup.client.get("key") == "absent" else dict(setup.keys)
    with _addresses(setup):
        return await AiClient.create(
            model,
            api_keys=keys,
            base_url=setup.base_urls[own],
            resilience=_resilience(setup.client),
            fallbacks=setup.client.get("fallbacks", ()),
            clock=setup.clock,
            transport=transport,
        )


@contextmanager
def _addresses(setup: Setup) -> Iterator[None]:
    """Tells the client the addresses of the other providers, as a user does: in the environment."""
    kept = dict(os.environ)
    for name, url in setup.base_urls.items():
        os.environ[f"{name.upper()}_BASE_URL"] = url
        os.environ.pop(f"{name.upper()}_API_KEY", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def _resilience(settings: Mapping[str, Any]) -> ResilientConfig:
    """The scenario's settings under the client's names."""
    retry, breaker = settings.get("retry"), settings.get("breaker")
    rate, places = settings.get("rate_limit"), settings.get("max_in_flight")
    return ResilientConfig(
        retry=None if retry is None else _retry(retry),
        circuit_breaker=None
        if breaker is None
        else CircuitBreakerConfig(
            failure_threshold=breaker["failure_threshold"],
            cooldown_seconds=breaker.get("cooldown", 30),
            success_threshold=breaker.get("success_threshold", 1),
        ),
        rate_limit=None
        if rate is None
        else RateLimiterConfig(requests_per_second=rate["rps"], burst=rate.get("burst")),
        backpressure=None
        if places is None
        else BackpressureConfig(max_concurrent=places, queue_timeout=settings.get("queue_timeout")),
        timeouts=Timeouts(**settings["timeouts"]) if "timeouts" in settings else None,
    )


def _retry(retry: Mapping[str, Any]) -> RetryConfig:
    names = {
        "max_retries": ("max_retries", 1),
        "min_delay": ("min_delay_ms", 1000),
        "max_delay": ("max_delay_ms", 1000),
        "jitter": ("jitter", None),
        "max_retry_after": ("max_hint_seconds", 1),
    }
    given: dict[str, Any] = {}
    for name, value in retry.items():
        theirs, factor = names[name]
        given[theirs] = value if factor is None else value * factor
    return RetryConfig(**given)


async def _call(client: AiClient, asked: Mapping[str, Any], sink: Sink) -> None:
    chat = client.chat().messages(_messages(asked))
    for name, value in asked.get("params", {}).items():
        chat = chat.param(name, value)
    if "tools" in asked:
        chat = chat.tools(asked["tools"])
    if "tool_choice" in asked:
        chat = chat.tool_choice(asked["tool_choice"])
    if "response_format" in asked:
        chat = chat.response_format(asked["response_format"])
    if "extra_body" in asked:
        chat = chat.extra_body(asked["extra_body"])
    if "api" in asked:
        chat = chat.api(asked["api"])
    cancel = asked.get("cancel", {})
    token = CancelToken() if cancel.get("by") == "token" else None
    if token is not None and "at" in cancel:
        asyncio.get_running_loop().call_later(cancel["at"], token.cancel)
    if not asked.get("stream"):
        response, stats = await chat.execute_with_stats(cancel_token=token)
        sink.stats = _stats(stats)
        sink.answer(_answer(response))
        return
    stream = chat.stream(cancel_token=token)
    async for event in stream:
        _event(event, sink)
        if sink.pieces == cancel.get("after_events"):
            if token is not None:
                token.cancel()
            elif cancel["by"] == "close":
                await stream.aclose()
                sink.left()
                return
    sink.stats = _stats(stream.stats)
    sink.answer(_answer(stream.response))


def _messages(asked: Mapping[str, Any]) -> list[Message]:
    if "prompt" in asked:
        return [Message.user(asked["prompt"])]
    return [_message(message) for message in asked["messages"]]


def _message(message: Mapping[str, Any]) -> Message:
    content = message.get("content", "")
    if message["role"] == "tool":
        return Message.tool(message["tool_call_id"], content)
    if message["role"] == "system":
        return Message.system(content)
    blocks = [_block(block) for block in content] if isinstance(content, list) else content
    if message.get("tool_calls"):
        calls = [
            ContentBlock.tool_use(call["id"], call["name"], call["arguments"])
            for call in message["tool_calls"]
        ]
        said = [ContentBlock.text(blocks)] if isinstance(blocks, str) and blocks else []
        blocks = [*said, *calls]
    return Message.user(blocks) if message["role"] == "user" else Message.assistant(blocks)


def _block(block: Mapping[str, Any]) -> ContentBlock:
    match block["type"]:
        case "image_url":
            return ContentBlock.image_url(block["url"])
        case "image":
            return ContentBlock.image_base64(block["data"], block["media_type"])
        case "audio":
            return ContentBlock.audio_base64(block["data"], block["media_type"])
        case "document":
            return ContentBlock.document_base64(block["data"], block["media_type"])
        case _:
            return ContentBlock.text(block["text"])


def _event(event: StreamingEvent, sink: Sink) -> None:
    if event.is_content_delta:
        delta = event.as_content_delta
        sink.event("text", text=delta.text, index=delta.index)
    elif event.is_thinking_delta:
        thought = event.as_thinking_delta
        sink.event("thinking", text=thought.text, index=thought.index)
    elif event.is_tool_call_started:
        started = event.as_tool_call_started
        sink.event("tool_start", id=started.id, name=started.name, index=started.index)
    elif event.is_partial_tool_call:
        part = event.as_partial_tool_call
        sink.event("tool_args", id=part.id, text=part.arguments, index=part.index)
    elif event.is_tool_call_ended:
        ended = event.as_tool_call_ended
        sink.event("tool_end", id=ended.id, complete=ended.is_complete, index=ended.index)
    elif event.is_metadata:
        said = event.as_metadata
        sink.event("metadata", usage=_usage(said.usage), model=said.model)
    elif event.is_final_candidate:
        final = event.as_final_candidate
        sink.event("candidate", index=final.candidate_index, finish=final.finish_reason)
    else:
        end = event.as_stream_end
        sink.event(
            "end",
            finish=end.finish_reason,
            raw_finish=end.raw_finish_reason,
            usage=_usage(end.usage),
        )


def _answer(response: ChatResponse) -> dict[str, Any]:
    return {
        "text": response.content,
        "thinking": response.thinking,
        "tool_calls": [
            {
                "id": call.id,
                "name": call.name,
                "arguments": call.arguments,
                "raw": call.arguments_raw,
                "complete": call.is_complete,
            }
            for call in response.tool_calls
        ],
        "finish": response.finish_reason,
        "raw_finish": response.raw_finish_reason,
        "usage": _usage(response.usage),
        "model": response.model,
        "response_id": response.response_id,
        "candidates": [
            {"text": each.content, "finish": each.finish_reason} for each in response.candidates
        ],
    }


def _usage(usage: Usage | None) -> dict[str, Any] | None:
    if usage is None:
        return None
    return {name: usage[theirs] for name, theirs in USAGE.items()}


def _stats(stats: CallStats) -> dict[str, Any]:
    return {
        "retries": stats.retry_count,
        "model": stats.model,
        "provider": stats.provider,
        "total_tokens": stats.total_tokens,
    }


def _error(error: Exception) -> dict[str, Any]:
    told: dict[str, Any] = {
        "class": type(error).__name__,
        "message": str(error),
        "wrapped": isinstance(error, AiLibError),
    }
    if isinstance(error, AiLibError):
        told |= {
            "code": str(error.standard_code),
            "type": error.error_type,
            "retryable": error.retryable,
            "fallbackable": error.fallbackable,
            "retry_after": error.retry_after,
            "hint": error.hint,
            "provider": error.provider,
            "attempts": error.attempts,
            "repr": repr(error),
            "partial": _answer(error.partial) if error.partial is not None else None,
        }
    told |= {
        name: value
        for name, attribute in (
            ("status", "status_code"),
            ("phase", "phase"),
            ("request_id", "request_id"),
            ("in_stream", "in_stream"),
        )
        if (value := getattr(error, attribute, None)) is not None
    }
    return told
