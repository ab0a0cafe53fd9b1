"""The official ``openai`` package, chat completions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import openai

from conformance.adapters import openai_shape as shape
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
    "APITimeoutError": "E3003",
    "APIConnectionError": "E3001",
    "ConflictError": "E4001",
}

INFO = AdapterInfo(
    "openai",
    openai.__version__,
    frozenset({"tools"}),
    ERRORS,
    frozenset({"openai"}),
    shape.SAYS,
)


@asynccontextmanager
async def session(setup: Setup) -> AsyncIterator[Caller]:
    """A client for the mocks' OpenAI."""
    retries = setup.client.get("retry", {}).get("max_retries", 2)
    async with openai.AsyncOpenAI(
        base_url=setup.base_urls["openai"], api_key=setup.keys["openai"], max_retries=retries
    ) as client:

        async def call(asked: Mapping[str, Any], sink: Sink) -> None:
            try:
                sink.answer(await _answer(client, asked, sink))
            except Exception as failure:
                sink.failed(shape.error(failure, ERRORS, openai.OpenAIError))

        yield call


async def _answer(
    client: openai.AsyncOpenAI, asked: Mapping[str, Any], sink: Sink
) -> dict[str, Any]:
    body = {"model": asked["model"].partition("/")[2], "messages": shape.messages(asked)}
    body |= shape.options(asked)
    create: Any = client.chat.completions.create
    if not asked.get("stream"):
        return shape.plain(await create(**body))
    chunks = await create(**body, stream=True, stream_options={"include_usage": True})
    return await shape.streamed(chunks, sink)
