"""Every way out of a stream, on every transport: nothing stays open behind it."""

import asyncio
import gc

import pytest

from ailib import AiClient, CancelToken
from ailib.client import CancelReason
from ailib.clock import LoopClock
from ailib.errors import CallCancelledError
from ailib.resilience import BackpressureConfig, ResilientConfig
from ailib.transport import TRANSPORTS
from ailib.types import ContentDelta, StreamEnd
from tests.support.openai_wire import TERMINATOR, delta, error, usage
from tests.support.wire_server import wire_server


@pytest.fixture(params=TRANSPORTS)
def transport(request):
    return request.param


async def client_of(server, transport, **options):
    return await AiClient.create(
        "openai/gpt-4o",
        api_key="sk-test-123456",
        base_url=f"{server.url}/v1",
        transport=transport,
        resilience=ResilientConfig(backpressure=BackpressureConfig(max_concurrent=1)),
        **options,
    )


async def endless(request, line):
    await line.head()
    await line.chunk(delta("one"))
    await line.chunk(delta("two"))
    await line.until_client_closes()


async def silent(request, line):
    await line.until_client_closes()


async def whole(request, line):
    await line.head()
    for part in (delta("one"), delta("two"), delta(finish="stop"), usage(3, 2), TERMINATOR):
        await line.chunk(part)
    await line.end()


class TellingClock(LoopClock):
    """Tells when somebody begins to sleep on it."""

    def __init__(self, told):
        super().__init__()
        self.told = told

    async def sleep(self, seconds):
        self.told.set()
        await super().sleep(seconds)


async def nothing_left(server, client):
    """No socket at the server, no call in flight, no task but this one and the server's."""
    await asyncio.wait_for(server.until_open(0), 5)
    assert client.current_inflight == 0
    for _ in range(5):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await client.close()


async def test_a_whole_stream_is_delivered_and_its_connection_used_again(transport):
    async with wire_server(whole) as server:
        client = await client_of(server, transport)
        for _ in range(3):
            stream = client.chat().user("hi").stream()
            events = [event async for event in stream]
            assert [type(e).__name__ for e in events] == [
                "ContentDelta",
                "ContentDelta",
                "Metadata",
                "StreamEnd",
            ]
            assert stream.response.content == "onetwo"
            assert events[-1] == StreamEnd("end_turn", "stop", stream.response.usage)
        assert server.opened == 1
        await client.close()
        await nothing_left(server, client)


async def test_break_closes_the_socket(transport):
    async with wire_server(endless) as server:
        client = await client_of(server, transport)
        async for event in client.chat().user("hi").stream():
            assert event == ContentDelta("one")
            break
        await nothing_left(server, client)


async def test_leaving_the_context_closes_the_socket_though_the_variable_lives(transport):
    async with wire_server(endless) as server:
        client = await client_of(server, transport)
        async with client.chat().user("hi").stream() as stream:
            async for _ in stream:
                break
        await nothing_left(server, client)
        assert [event async for event in stream] == []


async def test_an_exception_in_the_loop_closes_the_socket(transport):
    async def fails(client):
        async for _ in client.chat().user("hi").stream():
            raise LookupError

    async with wire_server(endless) as server:
        client = await client_of(server, transport)
        with pytest.raises(LookupError):
            await fails(client)
        gc.collect()
        await nothing_left(server, client)


async def test_dropping_the_stream_closes_the_socket(transport):
    async with wire_server(endless) as server:
        client = await client_of(server, transport)
        token = CancelToken()
        stream = client.chat().user("hi").stream(cancel_token=token)
        await anext(stream)
        del stream
        await nothing_left(server, client)


async def test_cancelling_the_task_closes_the_socket_even_when_done_twice(transport):
    async def read(client):
        async for _ in client.chat().user("hi").stream():
            pass

    for answer in (endless, silent):
        async with wire_server(answer) as server:
            client = await client_of(server, transport)
            task = asyncio.create_task(read(client))
            await server.until_open(1)
            task.cancel()
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert task.cancelled()
            await nothing_left(server, client)


async def test_the_figures_of_a_cancelled_task_are_kept(transport):
    async with wire_server(endless) as server:
        client = await client_of(server, transport)
        stream = client.chat().user("hi").stream()
        await anext(stream)
        await anext(stream)
        task = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert stream.stats.latency_ms >= stream.stats.time_to_first_token_ms > 0
        assert stream.stats.upstream_request_id == "req-1"
        assert stream.response.content == "onetwo"
        await nothing_left(server, client)


async def test_aclose_ends_a_step_that_waits_in_another_task(transport):
    async with wire_server(endless) as server:
        client = await client_of(server, transport)
        stream = client.chat().user("hi").stream()
        await anext(stream)
        await anext(stream)

        async def next_step():
            return [event async for event in stream]

        waiting = asyncio.create_task(next_step())
        await asyncio.sleep(0)
        await stream.aclose()
        assert await waiting == []
        await nothing_left(server, client)


async def test_a_token_ends_a_stream_that_waits_for_its_first_byte(transport):
    async with wire_server(silent) as server:
        client = await client_of(server, transport)
        token = CancelToken()
        stream = client.chat().user("hi").stream(cancel_token=token)
        reading = asyncio.create_task(stream.collect())
        await server.until_open(1)
        token.cancel()
        await reading
        assert stream.stats.finish_reason == "cancelled"
        await nothing_left(server, client)


async def test_a_token_ends_a_stream_between_two_bytes_with_one_terminal_event(transport):
    async with wire_server(endless) as server:
        client = await client_of(server, transport)
        token = CancelToken()
        seen = []
        stream = client.chat().user("hi").stream(cancel_token=token)
        async for event in stream:
            seen.append(event)
            if event == ContentDelta("two"):
                asyncio.get_running_loop().call_soon(token.cancel)
        assert seen == [ContentDelta("one"), ContentDelta("two"), StreamEnd("cancelled")]
        assert stream.response.content == "onetwo"
        await nothing_left(server, client)


async def test_a_token_closes_the_upstream_at_once_though_nobody_reads_on(transport):
    async with wire_server(endless) as server:
        client = await client_of(server, transport)
        token = CancelToken()
        stream = client.chat().user("hi").stream(cancel_token=token)
        await anext(stream)
        token.cancel()
        await asyncio.wait_for(server.until_open(0), 5)
        assert client.current_inflight == 0
        assert [event async for event in stream] == [StreamEnd("cancelled")]
        await nothing_left(server, client)


async def test_a_token_ends_the_wait_before_a_retry(transport):
    async def busy(request, line):
        await line.send(
            b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 100\r\nContent-Length: 0\r\n\r\n"
        )

    async with wire_server(busy) as server:
        waited = asyncio.Event()
        client = await client_of(server, transport, clock=TellingClock(waited))
        token = CancelToken()
        stream = client.chat().user("hi").stream(cancel_token=token)
        reading = asyncio.create_task(anext(stream))
        await waited.wait()
        token.cancel()
        assert await reading == StreamEnd("cancelled")
        await client.close()
        await stream.aclose()
        await nothing_left(server, client)
        assert len(server.requests) == 1


async def test_a_token_cancelled_before_the_call_sends_nothing(transport):
    async with wire_server(whole) as server:
        client = await client_of(server, transport)
        token = CancelToken()
        token.cancel()
        events = [e async for e in client.chat().user("hi").stream(cancel_token=token)]
        assert events == [StreamEnd("cancelled")]
        with pytest.raises(CallCancelledError):
            await client.chat().user("hi").execute(cancel_token=token)
        assert server.requests == []
        await nothing_left(server, client)


async def test_a_stream_that_has_ended_stays_ended_when_the_token_comes_late(transport):
    async with wire_server(whole) as server:
        client = await client_of(server, transport)
        token = CancelToken()
        stream = client.chat().user("hi").stream(cancel_token=token)
        async for event in stream:
            if event.is_stream_end:
                token.cancel()
        assert event.finish_reason == "end_turn"
        assert stream.stats.finish_reason == "end_turn"
        await client.close()
        await nothing_left(server, client)


async def test_a_token_ends_a_call_that_is_not_streamed(transport):
    async with wire_server(silent) as server:
        client = await client_of(server, transport)
        token = CancelToken(timeout=0.01)
        with pytest.raises(CallCancelledError) as caught:
            await client.chat().user("hi").execute(cancel_token=token)
        assert caught.value.standard_code == "E4002"
        assert token.reason is CancelReason.TIMEOUT
        await nothing_left(server, client)


async def test_a_token_may_be_cancelled_from_a_thread(transport):
    async with wire_server(silent) as server:
        client = await client_of(server, transport)
        token = CancelToken()
        stream = client.chat().user("hi").stream(cancel_token=token)
        reading = asyncio.create_task(anext(stream))
        await server.until_open(1)
        await asyncio.to_thread(token.cancel)
        assert await reading == StreamEnd("cancelled")
        await stream.aclose()
        await nothing_left(server, client)


async def test_the_place_in_flight_is_held_until_the_stream_ends(transport):
    async with wire_server(endless) as server:
        client = await client_of(server, transport)
        async with client.chat().user("hi").stream() as stream:
            await anext(stream)
            assert client.current_inflight == 1
            second = asyncio.create_task(anext(client.chat().user("hi").stream()))
            await asyncio.sleep(0.01)
            assert len(server.requests) == 1
            second.cancel()
            await asyncio.gather(second, return_exceptions=True)
        await nothing_left(server, client)


async def test_bytes_behind_the_terminator_keep_nobody_waiting(transport):
    async def talks_on(request, line):
        await line.head()
        await line.chunk(delta("one", finish="stop") + TERMINATOR)
        await line.until_client_closes()

    async with wire_server(talks_on) as server:
        client = await client_of(server, transport)
        events = [event async for event in client.chat().user("hi").stream()]
        assert events[-1].finish_reason == "end_turn"
        await nothing_left(server, client)


async def test_an_error_answer_to_a_stream_closes_all(transport):
    async def refuse(request, line):
        await line.whole(error("bad key", code="invalid_api_key"), "401 Unauthorized")

    async with wire_server(refuse) as server:
        client = await client_of(server, transport)
        with pytest.raises(Exception, match="bad key") as caught:
            await client.chat().user("hi").stream().collect()
        assert (caught.value.standard_code, caught.value.attempts) == ("E1002", 1)
        await client.close()
        await nothing_left(server, client)
