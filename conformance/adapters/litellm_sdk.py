"""``litellm``, its ``acompletion``."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # no request to anywhere at import

import litellm
import openai
from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER

from conformance.adapters import openai_shape as shape
from conformance.worker.adapter import AdapterInfo, Caller, Setup, Sink

ERRORS = {
    "ContextWindowExceededError": "E1005",
    "ContentPolicyViolationError": "E1001",
    "BadRequestError": "E1001",
    "UnprocessableEntityError": "E1001",
    "AuthenticationError": "E1002",
    "PermissionDeniedError": "E1003",
    "NotFoundError": "E1004",
    "RateLimitError": "E2001",
    "ServiceUnavailableError": "E3002",
    "InternalServerError": "E3001",
    "BadGatewayError": "E3001",
    "Timeout": "E3003",
    "APIConnectionError": "E3001",
    "APIError": "E3001",
}

INFO = AdapterInfo(
    "litellm",
    version("litellm"),
    frozenset({"tools"}),
    ERRORS,
    frozenset({"openai", "anthropic"}),
    shape.SAYS,
)


@asynccontextmanager
async def session(setup: Setup) -> AsyncIterator[Caller]:
    """Calls by module functions; clients that litellm keeps are dropped between cases."""
    retries = setup.client.get("retry", {}).get("max_retries")

    async def call(asked: Mapping[str, Any], sink: Sink) -> None:
        try:
            sink.answer(await _answer(setup, asked, sink, retries))
        except Exception as failure:
            sink.failed(shape.error(failure, ERRORS, openai.OpenAIError))

    litellm.in_memory_llm_clients_cache.flush_cache()
    try:
        yield call
    finally:
        await litellm.close_litellm_async_clients()
        await GLOBAL_LOGGING_WORKER.stop()
        gc.collect()


async def _answer(
    setup: Setup, asked: Mapping[str, Any], sink: Sink, retries: int | None
) -> dict[str, Any]:
    provider = asked["model"].partition("/")[0]
    given = {
        "model": asked["model"],
        "messages": shape.messages(asked),
        "api_base": setup.base_urls[provider],
        "api_key": setup.keys[provider],
        **shape.options(asked),
    }
    if retries is not None:
        given["num_retries"] = retries
    if not asked.get("stream"):
        return shape.plain(await litellm.acompletion(**given))
    chunks = await litellm.acompletion(**given, stream=True, stream_options={"include_usage": True})
    return await shape.streamed(chunks, sink)
