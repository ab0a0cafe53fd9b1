"""Breaker, limits and fallbacks of a whole client, on sockets, in virtual time."""

import asyncio
import json

import pytest

from ailib import AiClient
from ailib import errors as e
from ailib.resilience import (
    BackpressureConfig,
    CircuitBreakerConfig,
    RateLimiterConfig,
    RetryConfig,
)
from tests.support.openai_wire import TERMINATOR, body, delta, sse
from tests.support.stage import (
    CLOSE,
    GOOD,
    GOOD_STREAM,
    HANG,
    QUOTA,
    answer,
    asked,
    client_of,
    now,
    on_stage,
    provider,
    refusal,
    reset,
    stream,
    streamed,
)

BREAKER = {"retry": RetryConfig(0), "circuit_breaker": CircuitBreakerConfig(2, 30.0)}


@on_stage
async def test_r14_an_open_breaker_sends_nothing_until_its_cooldown_is_over():
    async with (
        provider(refusal(500), refusal(503), GOOD) as server,
        client_of(server, **BREAKER) as client,
    ):
        for _ in range(2):
            with pytest.raises(e.RemoteError):
                await asked(client)
        assert client.circuit_state == "open"
        with pytest.raises(e.CircuitOpenError) as caught:
            await asked(client)
        assert (caught.value.retry_after, len(server.requests)) == (30.0, 2)
        await asyncio.sleep(30)
        assert await asked(client) == "hello"
        assert client.circuit_state == "closed"


@on_stage
async def test_r16_bad_requests_and_cancelled_calls_do_not_open_it():
    async with (
        provider(*[refusal(400)] * 3, stream(delta("one"), HANG)) as server,
        client_of(server, **BREAKER) as client,
    ):
        for _ in range(3):
            with pytest.raises(e.RemoteError):
                await asked(client)
        for _ in range(3):
            task = asyncio.create_task(streamed(client))
            await asyncio.sleep(1)
            task.cancel()
            await asyncio.wait([task])
        assert client.circuit_state == "closed"


@on_stage
async def test_r17_a_cancelled_probe_leaves_room_for_the_next():
    steps = (refusal(500), refusal(500), stream(delta("one"), HANG), GOOD)
    async with provider(*steps) as server, client_of(server, **BREAKER) as client:
        for _ in range(2):
            with pytest.raises(e.RemoteError):
                await asked(client)
        await asyncio.sleep(30)
        probe = asyncio.create_task(streamed(client))
        await asyncio.sleep(1)
        assert client.circuit_state == "half_open"
        with pytest.raises(e.CircuitOpenError):
            await asked(client)
        probe.cancel()
        await asyncio.wait([probe])
        assert await asked(client) == "hello"
        assert client.circuit_state == "closed"


@on_stage
async def test_a_stream_that_breaks_off_counts_against_the_provider():
    async with (
        provider(stream(delta("one"), 0.1, CLOSE)) as server,
        client_of(server, **BREAKER) as client,
    ):
        for _ in range(2):
            with pytest.raises(e.TransportError):
                await streamed(client)
        assert client.circuit_state == "open"


@on_stage
async def test_requests_keep_to_the_rate_limit_retries_included():
    async with (
        provider(refusal(500), GOOD) as server,
        client_of(server, rate_limit=RateLimiterConfig(0.5, burst=2)) as client,
    ):
        await asyncio.gather(*(asked(client) for _ in range(3)))
    assert server.times == [0, 0, 2, 4]


@on_stage
async def test_a_used_up_budget_in_the_headers_holds_the_next_request():
    headers = {"x_ratelimit_remaining_requests": "0", "x_ratelimit_reset_requests": "8s"}
    async with (
        provider(answer(body(), **headers), GOOD) as server,
        client_of(server, rate_limit=RateLimiterConfig()) as client,
    ):
        await asked(client)
        await asked(client)
    assert server.times == [0, 8]


@on_stage
async def test_calls_beyond_the_limit_wait_for_a_stream_to_end():
    slow = stream(delta("one"), 5, delta(finish="stop"), TERMINATOR)
    limit = BackpressureConfig(1, queue_timeout=20)
    async with (
        provider(slow, GOOD_STREAM) as server,
        client_of(server, backpressure=limit) as client,
    ):
        assert await asyncio.gather(streamed(client), streamed(client)) == ["one", "hello"]
    assert server.times == [0, 5]


@on_stage
async def test_a_call_that_finds_no_place_in_time_sends_nothing():
    limit = BackpressureConfig(1, queue_timeout=3)
    async with (
        provider(stream(delta("one"), HANG)) as server,
        client_of(server, backpressure=limit) as client,
    ):
        first = asyncio.create_task(streamed(client))
        await asyncio.sleep(1)
        with pytest.raises(e.BackpressureError):
            await streamed(client)
        assert (now(), len(server.requests)) == (4, 1)
        first.cancel()
        await asyncio.wait([first])
        assert client.current_inflight == 0


def model_of(request):
    return json.loads(request.body)["model"]


FALLBACKS = {
    "E3002": (refusal(503), True),
    "E2002": (refusal(429, QUOTA), True),
    "E1002": (refusal(401), True),
    "R-26 no connection": (reset, True),
    "R-02 in the first event": (stream(sse(error={"message": "x", "code": 503})), True),
    "R-21 amid the stream": (stream(delta("one"), 0.1, CLOSE), False),
    "E1001": (refusal(400), False),
}


@pytest.mark.parametrize(("first", "asked"), FALLBACKS.values(), ids=FALLBACKS.keys())
@on_stage
async def test_another_model_is_asked_only_before_the_first_event(first, asked):
    async with provider(first, GOOD_STREAM) as server:
        client = await (
            AiClient.builder()
            .model("openai/gpt-4o")
            .with_fallbacks(["openai/gpt-4o-mini"])
            .api_key("sk-test-123456")
            .base_url(f"{server.url}/v1")
            .with_retry(RetryConfig(0))
            .build()
        )
        async with client:
            if asked:
                assert await streamed(client) == "hello"
                assert [model_of(r) for r in server.requests] == ["gpt-4o", "gpt-4o-mini"]
            else:
                with pytest.raises(e.AiLibError):
                    await streamed(client)
                assert [model_of(r) for r in server.requests] == ["gpt-4o"]
