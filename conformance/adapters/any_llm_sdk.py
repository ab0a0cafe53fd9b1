"""``any-llm-sdk``, its ``acompletion``."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import any_llm
import openai

from conformance.adapters import openai_shape as shape
from conformance.adapters.openai_sdk import ERRORS
from conformance.worker.adapter import AdapterInfo, Caller, Setup, Sink

INFO = AdapterInfo(
    "any-llm",
    version("any-llm-sdk"),
    frozenset({"tools"}),
    ERRORS,
    frozenset({"openai", "anthropic"}),
    shape.SAYS,
)


@asynccontextmanager
async def session(setup: Setup) -> AsyncIterator[Caller]:
    """Calls by module functions."""

    async def call(asked: Mapping[str, Any], sink: Sink) -> None:
        try:
            sink.answer(await _answer(setup, asked, sink))
        except Exception as failure:
            sink.failed(shape.error(failure, ERRORS, openai.OpenAIError))

    try:
        yield call
    finally:
        # It makes a client a call and has no way to close one: the collector does.
        gc.collect()


async def _answer(setup: Setup, asked: Mapping[str, Any], sink: Sink) -> dict[str, Any]:
    provider, _, model = asked["model"].partition("/")
    retry = setup.client.get("retry", {})
    client_args = {"max_retries": retry["max_retries"]} if "max_retries" in retry else {}
    given = {
        "model": model,
        "provider": provider,
        "messages": shape.messages(asked),
        "api_base": setup.base_urls[provider],
        "api_key": setup.keys[provider],
        "client_args": client_args,
        **shape.options(asked),
    }
    if not asked.get("stream"):
        return shape.plain(await any_llm.acompletion(**given))
    return await shape.streamed(await any_llm.acompletion(**given, stream=True), sink)
