"""The blocking client against a server in another thread; bytes as they come."""

import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from ailib import CancelToken
from ailib.errors import CallCancelledError, RemoteError, TruncatedStreamError, ValidationError
from ailib.resilience import ResilientConfig
from ailib.sync import AiClient
from ailib.sync.loop import background
from ailib.types import ContentDelta, StreamEnd
from tests.support.openai_wire import TERMINATOR, body, delta, error
from tests.support.wire_server import wire_server


class Served:
    """A `WireServer` in a thread of its own."""

    def __init__(self, server, loop):
        self.server, self.loop = server, loop
        self.url = server.url

    def go_on(self):
        self.loop.call_soon_threadsafe(self.server.go_on.set)

    def until_open(self, count):
        waiting = asyncio.run_coroutine_threadsafe(self.server.until_open(count), self.loop)
        waiting.result(5)


@contextmanager
def serving(answer):
    ready, served, over = threading.Event(), [], []

    async def main():
        async with wire_server(answer) as server:
            stop = asyncio.Event()
            served.append(Served(server, asyncio.get_running_loop()))
            over.append(stop)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert ready.wait(5)
    try:
        yield served[0]
    finally:
        served[0].loop.call_soon_threadsafe(over[0].set)
        thread.join()


def client_of(server, model="openai/gpt-4o", **options):
    options.setdefault("resilience", ResilientConfig(max_retries=0))
    return AiClient.create(model, api_key="sk-test-123456", base_url=server.url, **options)


async def hello(request, line):
    await line.whole(body("hello"))


async def two_halves(request, line):
    await line.head()
    await line.chunk(delta("one"))
    await line.go_on.wait()
    await line.chunk(delta("two") + delta(finish="stop") + TERMINATOR)
    await line.end()


async def endless(request, line):
    await line.head()
    await line.chunk(delta("one"))
    await line.until_client_closes()


@pytest.mark.parametrize("transport", ["httpx", "httpx2", "aiohttp"])
def test_a_call_blocks_and_a_stream_delivers_as_it_comes(transport):
    with serving(hello) as server, client_of(server, transport=transport) as client:
        response, stats = client.chat().system("s").user("hi").execute_with_stats()
        assert (response.content, stats.total_tokens, stats.http_status) == ("hello", 5, 200)
    with serving(two_halves) as server, client_of(server, transport=transport) as client:
        stream = client.chat().user("hi").stream()
        assert next(stream) == ContentDelta("one")
        server.go_on()
        assert [type(e) for e in stream] == [ContentDelta, StreamEnd]
        assert stream.response.content == "onetwo"
        assert stream.stats.finish_reason == "end_turn"


def test_the_other_services_block_as_well():
    async def answer(request, line):
        if request.path == "/models":
            return await line.whole(b'{"data": [{"id": "m"}]}')
        if request.path == "/rerank":
            return await line.whole(b'{"results": [{"index": 0, "relevance_score": 1}]}')
        return await line.whole(b'{"data": [{"index": 0, "embedding": [1.0]}]}')

    with serving(answer) as server, client_of(server, model="siliconflow/m") as client:
        assert client.embed("x").vectors == [[1.0]]
        assert client.rerank("q", ["d"])[0].document == "d"
        assert [model.name for model in client.list_remote_models()] == ["m"]


def test_it_works_inside_a_running_loop():
    async def inside(client):
        return client.chat().user("hi").execute().content

    with serving(hello) as server, client_of(server) as client:
        assert asyncio.run(inside(client)) == "hello"
        assert asyncio.run(inside(client)) == "hello"


def test_threads_share_a_client():
    with serving(hello) as server, client_of(server) as client, ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: client.chat().user("hi").execute().content, range(40))
        assert list(answers) == ["hello"] * 40
        assert client.signals_snapshot().current_inflight == 0


def test_break_closes_the_socket():
    with serving(endless) as server, client_of(server) as client:
        for event in client.chat().user("hi").stream():
            assert event == ContentDelta("one")
            break
        gc.collect()
        server.until_open(0)
        with client.chat().user("hi").stream() as stream:
            next(stream)
        server.until_open(0)
        assert list(stream) == []


def test_a_reader_that_stops_is_not_read_ahead_for_without_bound():
    sent = 0

    async def flood(request, line):
        nonlocal sent
        await line.head()
        for _ in range(200_000):
            await line.chunk(delta("x" * 200) * 20)
            sent += 20
        await line.until_client_closes()

    with serving(flood) as server, client_of(server) as client:
        with client.chat().user("hi").stream() as stream:
            next(stream)
            before = -1
            while sent != before:
                before = sent
                time.sleep(0.05)  # until the pipe is full; nothing announces that
            assert stream._pump.queue.qsize() < 400
        server.until_open(0)


def test_errors_are_raised_where_the_call_is_made():
    async def refuse(request, line):
        await line.whole(error("bad key", code="invalid_api_key"), "401 No")

    async def cut(request, line):
        await line.head()
        await line.chunk(delta("half"))
        await line.end()

    with serving(refuse) as server, client_of(server) as client:
        with pytest.raises(RemoteError, match="bad key"):
            client.chat().user("hi").execute()
        with pytest.raises(RemoteError, match="bad key"):
            next(client.chat().user("hi").stream())
    with serving(cut) as server, client_of(server) as client:
        stream = client.chat().user("hi").stream()
        assert next(stream) == ContentDelta("half")
        with pytest.raises(TruncatedStreamError) as caught:
            next(stream)
        assert caught.value.partial_text == "half"
        assert list(stream) == []


def test_a_token_cancels_from_another_thread():
    token = CancelToken()
    with serving(endless) as server, client_of(server) as client:
        stream = client.chat().user("hi").stream(cancel_token=token)
        next(stream)
        threading.Timer(0.01, token.cancel).start()
        assert list(stream) == [StreamEnd("cancelled")]
        server.until_open(0)
        with pytest.raises(CallCancelledError):
            client.chat().user("hi").execute(cancel_token=token)


def test_a_blocking_call_inside_the_background_loop_is_refused_instead_of_hanging():
    async def inside(client):
        return client.chat().user("hi").execute()

    refused = pytest.raises(ValidationError, match="blocking call inside the loop")
    with serving(hello) as server, client_of(server) as client, refused:
        background().run(inside(client))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_child_uses_the_client_as_well():
    with serving(hello) as server, client_of(server) as client:
        assert client.chat().user("hi").execute().content == "hello"
        child = os.fork()
        if child == 0:
            answer = client.chat().user("hi").execute().content
            os._exit(0 if answer == "hello" else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert client.chat().user("hi").execute().content == "hello"


def test_a_program_that_closes_nothing_ends_quietly():
    code = (
        "from ailib.sync import AiClient\n"
        "import sys\n"
        "c = AiClient.create('openai/gpt-4o', api_key='sk-test-123456', base_url=sys.argv[1],"
        " transport=sys.argv[2])\n"
        "s = c.chat().user('hi').stream()\n"
        "print(next(s).text)\n"
    )
    with serving(endless) as server:
        for transport in ("httpx", "aiohttp"):
            done = subprocess.run(
                [sys.executable, "-W", "always", "-c", code, server.url, transport],
                capture_output=True,
                text=True,
                check=True,
                timeout=20,
            )
            assert (done.stdout, done.stderr) == ("one\n", "")
        server.until_open(0)


def test_an_asyncio_program_that_closes_nothing_ends_quietly():
    code = (
        "import asyncio, sys\n"
        "from ailib import AiClient\n"
        "async def main():\n"
        "    c = await AiClient.create('openai/gpt-4o', api_key='sk-test-123456',"
        " base_url=sys.argv[1], transport=sys.argv[2])\n"
        "    global stream\n"
        "    stream = c.chat().user('hi').stream()\n"
        "    print((await anext(stream)).text)\n"
        "asyncio.run(main())\n"
    )
    with serving(endless) as server:
        for transport in ("httpx", "httpx2", "aiohttp"):
            done = subprocess.run(
                [sys.executable, "-W", "always", "-c", code, server.url, transport],
                capture_output=True,
                text=True,
                check=True,
                timeout=20,
            )
            assert (done.stdout, done.stderr) == ("one\n", "")
        server.until_open(0)
