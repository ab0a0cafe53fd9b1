"""The timeouts of a whole client, on sockets, in virtual time."""

import asyncio
import contextlib
import socket
import sys

import pytest

from ailib import AiClient
from ailib.errors import RequestTimeoutError
from ailib.resilience import ResilientConfig, RetryConfig
from ailib.transport import TRANSPORTS, Timeouts
from tests.support.openai_wire import TERMINATOR, body, delta
from tests.support.stage import HANG, answer, clock, now, on_stage, provider, silence, stream

PING = b": ping\n\n"
END = (delta(finish="stop"), TERMINATOR)
LIMITS = Timeouts(first_event=10, idle_bytes=4, idle_content=9)
TOOL = {"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{"}}


@pytest.fixture(params=TRANSPORTS)
def transport(request):
    return request.param


def client_of(server, transport="httpx", timeouts=LIMITS, retries=0, **options):
    return (
        AiClient.builder()
        .model("openai/gpt-4o")
        .api_key("sk-test-123456")
        .base_url(f"{server.url}/v1")
        .transport(transport)
        .clock(clock())
        .timeouts(timeouts)
        .with_retry(RetryConfig(retries, jitter="none"))
        .build_now()
    )


async def texts(client, pause=0.0):
    found = []
    async for event in client.chat().user("hi").stream():
        if event.is_content_delta:
            found.append(event.text)
            await asyncio.sleep(pause)
    return found


# What the provider does; the phase that ends it, when, and the text until then.
ENDS = {
    "O-05 no head": (silence, "first_event", 10, ""),
    "O-05 a head and no event": (stream(HANG), "first_event", 10, ""),
    "O-05 a head and pings": (stream(*(PING, 2) * 10), "first_event", 10, ""),
    "O-01 no bytes any more": (stream(delta("one"), HANG), "idle_bytes", 4, "one"),
    "O-01 no bytes after a while": (
        stream(delta("one"), 3, delta("two"), HANG), "idle_bytes", 7, "onetwo",
    ),
    "O-02 pings and no content": (
        stream(delta("one"), *(1, PING) * 20), "idle_content", 9, "one",
    ),
    "O-02 empty deltas are no content": (
        stream(delta("one"), *(1, delta()) * 20), "idle_content", 9, "one",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("step", "phase", "at", "text"), ENDS.values(), ids=ENDS.keys())
@on_stage
async def test_silence_ends_with_its_phase(transport, step, phase, at, text):
    async with provider(step) as server, client_of(server, transport) as client:
        with pytest.raises(RequestTimeoutError) as caught:
            await texts(client)
        error = caught.value
        assert (error.phase, now(), error.partial_text) == (phase, at, text)
        assert error.standard_code == "E3003"
        await server.until_open(0)
        assert client.current_inflight == 0


@on_stage
async def test_o03_a_long_healthy_stream_is_not_cut(transport):
    step = stream(*(delta("x"), 3.5) * 500, *END)
    async with provider(step) as server, client_of(server, transport) as client:
        assert len(await texts(client)) == 500
        assert now() == 1750


@on_stage
async def test_o04_a_pause_within_the_limits_is_let_be():
    step = stream(delta("one"), 3.9, PING, 3.9, delta("two"), *END)
    async with provider(step) as server, client_of(server) as client:
        assert await texts(client) == ["one", "two"]


@on_stage
async def test_a_tool_call_that_is_written_is_content():
    pieces = [delta(delta={"tool_calls": [TOOL]})]
    for _ in range(20):
        more = {"index": 0, "function": {"arguments": " "}}
        pieces += [3, delta(delta={"tool_calls": [more]})]
    last = {"index": 0, "function": {"arguments": "}"}}
    pieces += [delta(delta={"tool_calls": [last]}), delta(finish="tool_calls"), TERMINATOR]
    async with provider(stream(*pieces)) as server, client_of(server) as client:
        events = [event async for event in client.chat().user("hi").stream()]
        assert events[-1].finish_reason == "tool_use"


@on_stage
async def test_a_slow_reader_does_not_time_out(transport):
    step = stream(*(delta("x"), 1) * 5, *END)
    async with provider(step) as server, client_of(server, transport) as client:
        assert len(await texts(client, pause=600)) == 5


@on_stage
async def test_o09_the_total_spans_attempts_waits_and_stream():
    limits = Timeouts(first_event=10, total=25)
    steps = (silence, stream(*(delta("x"), 1) * 50, *END))
    async with (
        provider(*steps) as server,
        client_of(server, timeouts=limits, retries=3) as client,
    ):
        with pytest.raises(RequestTimeoutError) as caught:
            await texts(client)
    assert (caught.value.phase, now(), server.times) == ("total", 25, [0, 11])
    assert len(caught.value.partial_text) == 14
    assert not caught.value.retryable


@on_stage
async def test_a_late_first_event_is_retried_each_time_with_the_full_limit(transport):
    good = answer(body("hello"))
    async with (
        provider(silence, silence, good) as server,
        client_of(server, transport, retries=3) as client,
    ):
        assert (await client.chat().user("hi").execute()).content == "hello"
    assert server.times == [0, 11, 23]


@on_stage
async def test_o11_a_plain_body_may_take_ten_minutes_unless_told_otherwise():
    async def slow(request, line):
        await asyncio.sleep(599)
        await answer(body("hello"))(request, line)

    async with (
        provider(slow) as server,
        AiClient.builder()
        .model("openai/gpt-4o")
        .api_key("sk-test-123456")
        .base_url(f"{server.url}/v1")
        .build_now() as client,
    ):
        assert (await client.chat().user("hi").execute()).content == "hello"
    async with provider(slow) as server, client_of(server) as client:
        with pytest.raises(RequestTimeoutError) as caught:
            await client.chat().user("hi").execute()
        assert caught.value.phase == "first_event"


@on_stage
async def test_o08_waiting_for_the_own_pool_has_a_phase_of_its_own(transport):
    limits = Timeouts(pool=2)
    async with provider(stream(delta("one"), HANG)) as server:
        client = await AiClient.create(
            "openai/gpt-4o",
            api_key="sk-test-123456",
            base_url=f"{server.url}/v1",
            transport=transport,
            timeouts=limits,
            resilience=ResilientConfig(max_retries=0, circuit_breaker_threshold=1),
            max_connections=1,
        )
        async with client:
            first = asyncio.create_task(texts(client))
            await asyncio.sleep(1)
            with pytest.raises(RequestTimeoutError) as caught:
                await texts(client)
            assert (caught.value.phase, now()) == ("pool", 3)
            assert client.circuit_state == "closed"
            first.cancel()
            await asyncio.wait([first])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux's listen backlog")
async def test_o10_a_connect_that_never_completes_ends_with_its_phase(transport):
    """A full backlog answers no SYN; no virtual time, for the kernel does not know it."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        client = await AiClient.create(
            "openai/gpt-4o",
            api_key="sk-test-123456",
            base_url=f"http://127.0.0.1:{listener.getsockname()[1]}/v1",
            transport=transport,
            timeouts=Timeouts(connect=0.2),
            resilience=ResilientConfig(max_retries=0),
        )
        async with client:
            with pytest.raises(RequestTimeoutError) as caught:
                await texts(client)
    assert (caught.value.phase, caught.value.seconds) == ("connect", 0.2)


@on_stage
async def test_without_limits_a_silent_provider_is_waited_for():
    limits = Timeouts(None, None, None, None, None, None)
    step = stream(86_400, delta("one"), 86_400, *END)
    async with provider(step) as server, client_of(server, timeouts=limits) as client:
        assert await texts(client) == ["one"]
