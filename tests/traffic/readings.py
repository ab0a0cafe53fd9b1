"""Recorded exchanges read by ailib: the pure reader, and the public client over a socket."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Sequence

from ailib.errors import AiLibError, RemoteError
from ailib.transport import choose_transport
from tests.support.answering import Answer, serve
from tests.support.calling import call
from tests.support.reading import Outcome, api_of, read
from tests.traffic.accept import Error, Reading
from tests.traffic.exchanges import Exchange, pieces
from tests.traffic.providers import reads

AT_ONCE = 8


def read_pure(exchange: Exchange, way: str) -> Reading:
    """Fed to the provider's reader without a socket."""
    manifest, api = reads(exchange.provider, exchange.api.split(".")[1])
    try:
        outcome = read(
            api_of(manifest, api),
            exchange.status,
            exchange.headers,
            pieces(exchange, way),
            stream=exchange.stream,
        )
    except Exception:
        return Reading(crash=traceback.format_exc())
    return reading_of(outcome)


def read_over_socket(exchanges: Sequence[Exchange], way: str) -> list[Reading]:
    """Served byte-exactly to the public client, ``AT_ONCE`` at a time, in the order given.

    The base URL of an exchange ends in its id; whatever path the client adds behind it, the
    answer is the recorded one.
    """
    return asyncio.run(_over_socket(exchanges, way))


async def _over_socket(exchanges: Sequence[Exchange], way: str) -> list[Reading]:
    slots = asyncio.Semaphore(AT_ONCE)
    transport = choose_transport(None)
    answers = {exchange.id: _answer(exchange, way) for exchange in exchanges}
    async with serve(lambda path: answers[path.split("/")[1]]) as url:

        async def one(exchange: Exchange) -> Reading:
            manifest, api = reads(exchange.provider, exchange.api.split(".")[1])
            base_url = f"{url}/{exchange.id}"
            model = str(exchange.request.get("model") or "recorded-model")
            async with slots:
                try:
                    outcome = await call(
                        f"{manifest}/{model}", base_url, transport, api=api, stream=exchange.stream
                    )
                except Exception:
                    return Reading(crash=traceback.format_exc())
            return reading_of(outcome)

        try:
            return list(await asyncio.gather(*(one(exchange) for exchange in exchanges)))
        finally:
            await transport.aclose()


def _answer(exchange: Exchange, way: str) -> Answer:
    return Answer(exchange.status, exchange.headers, pieces(exchange, way), exchange.stream)


def reading_of(outcome: Outcome) -> Reading:
    """What the client reported, in the words of the expected readings."""
    response, usage = outcome.response, outcome.response.usage
    return Reading(
        text=response.content,
        reasoning=response.thinking,
        tool_calls=[(call.name, call.arguments_raw) for call in response.tool_calls],
        finish=response.finish_reason,
        raw_finish=response.raw_finish_reason,
        usage=(usage.prompt_tokens, usage.completion_tokens) if usage else None,
        error=_error(outcome.error) if outcome.error else None,
        events=outcome.events,
    )


def _error(error: AiLibError) -> Error:
    remote = isinstance(error, RemoteError)
    words = (error.code, error.type) if remote else ()
    return Error(
        error.status_code if remote else None,
        tuple(str(word) for word in words if word is not None),
        error.message,
        type(error).__name__,
    )
