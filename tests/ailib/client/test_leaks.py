"""Many calls with every kind of end: nothing of them stays behind."""

import asyncio
import copy
import gc
import pickle
import random
from contextlib import suppress
from pathlib import Path

import pytest

from ailib import AiClient, CancelToken
from ailib.client.attempt import Answer
from ailib.client.stream import ChatStream, Reading
from ailib.errors import AiLibError
from ailib.resilience import ResilientConfig
from ailib.transport import TRANSPORTS
from ailib.types import ContentDelta, Metadata, StreamEnd, ToolCall, Usage
from tests.support.openai_wire import TERMINATOR, body, delta, error, usage
from tests.support.wire_server import wire_server

KEY = "sk-planted-1234567890"
CALLS = 200


async def by_turns(request, line):
    """Answers as the last message says."""
    kind = request.body.rpartition(b'"content":"')[2].partition(b'"')[0].decode()
    if kind == "refuse":
        return await line.whole(error("no", code="invalid_api_key"), "401 No")
    if kind == "reset":
        return line.reset()
    if kind == "whole" and b'"stream":true' not in request.body:
        return await line.whole(body("whole"))
    await line.head()
    await line.chunk(delta("one"))
    if kind == "cut":
        return await line.end()
    if kind == "hang":
        return await line.until_client_closes()
    await line.chunk(delta(finish="stop") + usage(1, 1) + TERMINATOR)
    return await line.end()


async def one(client, kind, leave):
    """One call that ends in one way."""
    chat = client.chat().user(kind)
    if leave == "execute":
        await chat.execute()
    elif leave == "break":
        async for _ in chat.stream():
            break
    elif leave == "token":
        token = CancelToken()
        async for event in chat.stream(cancel_token=token):
            if not event.is_stream_end:
                token.cancel()
    elif leave == "context":
        async with chat.stream() as stream:
            await anext(stream)
    elif leave == "cancel":
        task = asyncio.create_task(chat.stream().collect())
        await asyncio.sleep(0.002 * random.random())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    else:
        await chat.stream().collect()


def descriptors():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_two_hundred_calls_leave_no_socket_task_or_object(transport):
    random.seed(20)
    async with wire_server(by_turns) as server:
        before = descriptors()
        client = await AiClient.create(
            "openai/gpt-4o",
            api_key=KEY,
            base_url=server.url,
            transport=transport,
            resilience=ResilientConfig(max_retries=0, max_inflight=20),
        )

        async def some(kind, leave):
            with suppress(AiLibError):
                await one(client, kind, leave)

        kinds = ["whole", "whole", "cut", "reset", "refuse"]
        ways = ["execute", "break", "token", "context", "cancel", "collect"]
        calls = [(random.choice(kinds), random.choice(ways)) for _ in range(CALLS)]
        calls += [("hang", way) for way in ("break", "token", "context", "cancel")] * 5
        await asyncio.gather(*(some(*call) for call in calls))
        gc.collect()
        for _ in range(10):
            await asyncio.sleep(0)
        assert client.current_inflight == 0
        idle = descriptors() - before
        assert idle == 2 * len(server.open) <= 2 * 32
        await client.close()
        await asyncio.wait_for(server.until_open(0), 5)
        assert descriptors() == before
        gc.collect()
        for _ in range(10):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        left = [o for o in gc.get_objects() if isinstance(o, Answer | ChatStream | Reading)]
        assert left == []


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_cookies_of_one_answer_do_not_go_out_with_the_next_request(transport):
    async def cookie(request, line):
        content = body("x")
        await line.send(
            b"HTTP/1.1 200 OK\r\nSet-Cookie: session=1; Path=/\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (len(content), content)
        )

    async with wire_server(cookie) as server:
        client = await AiClient.create(
            "openai/gpt-4o", api_key=KEY, base_url=server.url, transport=transport
        )
        for _ in range(2):
            await client.chat().user("hi").execute()
        await client.close()
    assert [request.header("cookie") for request in server.requests] == [None, None]


async def test_what_a_call_gives_can_be_pickled_and_copied():
    async with wire_server(by_turns) as server:
        client = await AiClient.create("openai/gpt-4o", api_key=KEY, base_url=server.url)
        response, stats = await client.chat().user("whole").execute_with_stats()
        await client.close()
    given = [
        response,
        stats,
        response.usage,
        ToolCall("1", "f", '{"a": 1}'),
        ContentDelta("x"),
        Metadata(Usage(1, 2, 3)),
        StreamEnd("end_turn", "stop", Usage(1)),
    ]
    for value in given:
        assert pickle.loads(pickle.dumps(value)) == value
        assert copy.deepcopy(value) == value
    assert response.request_id is None
    assert response.raw_response["id"] == response.response_id == "chatcmpl-1"


def test_no_repr_on_the_way_to_a_client_shows_a_key():
    builder = AiClient.builder().model("openai/gpt-4o").api_key(KEY)
    client = builder.api_key_for("anthropic/x", KEY).build_now()
    shown = f"{builder!r} {client!r} {client.target!r} {vars(client)!r}"
    assert KEY not in shown


async def test_a_callers_settings_are_left_as_they_were():
    params, headers, tools = {"a": {"b": 1}}, {"X-A": "1"}, [{"name": "f", "parameters": {}}]
    config = ResilientConfig(max_retries=1)
    before = copy.deepcopy((params, headers, tools))
    async with wire_server(by_turns) as server:
        client = await AiClient.create(
            "openai/gpt-4o", api_key=KEY, base_url=server.url, resilience=config
        )
        chat = client.chat().user("whole").extra_body(params).extra_headers(headers).tools(tools)
        await chat.execute()
        await chat.execute()
        await client.close()
    assert (params, headers, tools) == before
    assert server.requests[0].body == server.requests[1].body
