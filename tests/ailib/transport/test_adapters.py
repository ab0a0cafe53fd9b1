"""Every adapter, on real sockets: the same bytes, the same errors, nothing left open."""

import asyncio
import gc
import gzip

import pytest

from ailib.errors import ConnectionFailedError, RequestTimeoutError, ValidationError
from ailib.transport import (
    TRANSPORTS,
    HttpRequest,
    Timeouts,
    TransportOptions,
    choose_transport,
)
from tests.support.wire_server import wire_server

each_transport = pytest.mark.parametrize("name", TRANSPORTS)
KEY = "sk-planted-4242"


def post(server, path="/v1/chat", body=b"{}", headers=(("content-type", "application/json"),)):
    return HttpRequest("POST", server.url + path, headers, body)


async def read(response):
    return [chunk async for chunk in response.chunks()]


async def echo(request, line):
    await line.whole(request.body)


@each_transport
async def test_a_request_arrives_as_it_was_made_and_the_answer_as_it_was_sent(name):
    async with wire_server(echo) as server:
        transport = choose_transport(name)
        response = await transport.send(
            post(server, "/a%20b?key=1%2B2", b'{"x":1}', (("X-One", "1"), ("X-One", "2"))),
            Timeouts(),
        )
        assert (response.status, response.headers["content-length"]) == (200, "7")
        assert b"".join(await read(response)) == b'{"x":1}'
        await response.aclose()
        await transport.aclose()
    seen = server.requests[0]
    assert seen.path == "/a%20b?key=1%2B2"
    assert seen.head.lower().count("x-one:") == 2


@each_transport
async def test_bytes_are_delivered_while_the_rest_is_still_to_come(name):
    async def answer(request, line):
        await line.head()
        await line.chunk(b"data: 1\n\n")
        await line.go_on.wait()
        await line.chunk(b"data: 2\n\n")
        await line.end()

    async with wire_server(answer) as server:
        transport = choose_transport(name)
        response = await transport.send(post(server), Timeouts())
        chunks = response.chunks()
        assert await anext(chunks) == b"data: 1\n\n"
        server.go_on.set()
        assert await anext(chunks) == b"data: 2\n\n"
        with pytest.raises(StopAsyncIteration):
            await anext(chunks)
        await transport.aclose()


@each_transport
async def test_a_connection_is_used_again_after_a_whole_answer(name):
    async with wire_server(echo) as server:
        transport = choose_transport(name)
        for _ in range(3):
            response = await transport.send(post(server), Timeouts())
            await read(response)
            await response.aclose()
        await transport.aclose()
        assert (server.opened, len(server.requests)) == (1, 3)
        await server.until_open(0)


@each_transport
async def test_closing_amid_an_answer_closes_the_socket_at_once(name):
    async def endless(request, line):
        await line.head()
        await line.chunk(b"x")
        await line.until_client_closes()

    async with wire_server(endless) as server:
        transport = choose_transport(name)
        response = await transport.send(post(server), Timeouts())
        chunks = response.chunks()
        await anext(chunks)
        await response.aclose()
        await asyncio.wait_for(server.until_open(0), 5)
        await transport.aclose()


@each_transport
async def test_gzip_is_undone(name):
    async def answer(request, line):
        body = gzip.compress(b"hello")
        await line.send(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s"
            % (len(body), body)
        )

    async with wire_server(answer) as server:
        transport = choose_transport(name)
        response = await transport.send(post(server), Timeouts())
        assert b"".join(await read(response)) == b"hello"
        await transport.aclose()


@each_transport
async def test_a_redirect_is_an_answer_and_is_not_followed(name):
    async def answer(request, line):
        await line.send(
            b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"
        )

    async with wire_server(answer) as server:
        transport = choose_transport(name)
        response = await transport.send(post(server), Timeouts())
        assert (response.status, await read(response)) == (307, [])
        await transport.aclose()
        assert len(server.requests) == 1


async def close_before_head(request, line):
    line.writer.close()


async def reset_before_head(request, line):
    line.reset()


async def nonsense_head(request, line):
    await line.send(b"SSH-2.0-OpenSSH_9.7\r\n\r\n")
    line.writer.close()


@each_transport
@pytest.mark.parametrize("answer", [close_before_head, reset_before_head, nonsense_head])
async def test_no_head_is_a_connection_error_that_holds_no_request(name, answer):
    async with wire_server(answer) as server:
        transport = choose_transport(name)
        request = post(server, f"/v1?key={KEY}", headers=(("Authorization", KEY),))
        with pytest.raises(ConnectionFailedError) as caught:
            await transport.send(request, Timeouts())
        assert caught.value.__context__ is None
        assert caught.value.__cause__ is None
        assert KEY not in f"{caught.value} {caught.value!r} {vars(caught.value)}"
        await transport.aclose()
        await server.until_open(0)


async def cut_chunked(request, line):
    await line.head()
    await line.chunk(b"half")
    line.writer.close()


async def cut_length(request, line):
    await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    line.writer.close()


async def bad_chunk_size(request, line):
    await line.head()
    await line.chunk(b"half")
    await line.go_on.wait()
    await line.send(b"zz\r\n")


@each_transport
@pytest.mark.parametrize("answer", [cut_chunked, cut_length, bad_chunk_size])
async def test_a_cut_body_is_delivered_and_then_an_error(name, answer):
    if (name, answer) == ("aiohttp", bad_chunk_size):
        pytest.skip("aiohttp 3.14 does not wake the reader then; the idle timeout ends the call")
    async with wire_server(answer) as server:
        transport = choose_transport(name)
        response = await transport.send(post(server), Timeouts())
        got = []

        async def read_on():
            async for chunk in response.chunks():
                got.append(chunk)
                server.go_on.set()

        with pytest.raises(ConnectionFailedError, match=r"the connection to 127.0.0.1:\d+ broke"):
            await read_on()
        assert b"".join(got) == b"half"
        await response.aclose()
        await transport.aclose()


@each_transport
async def test_a_refused_connection_is_named_with_its_host(name):
    async with wire_server(echo) as server:
        pass
    transport = choose_transport(name)
    with pytest.raises(ConnectionFailedError, match=r"no answer from 127\.0\.0\.1:\d+: "):
        await transport.send(post(server), Timeouts())
    await transport.aclose()


@each_transport
async def test_a_full_pool_is_its_own_timeout_and_a_cancelled_wait_gives_its_place_back(name):
    async def answer(request, line):
        await line.go_on.wait()
        await line.whole(b"{}")

    async with wire_server(answer) as server:
        transport = choose_transport(name, TransportOptions(max_connections=1))
        first = asyncio.create_task(transport.send(post(server), Timeouts()))
        await server.until_open(1)
        with pytest.raises(RequestTimeoutError) as caught:
            await transport.send(post(server), Timeouts(pool=0.01))
        assert (caught.value.phase, caught.value.seconds) == ("pool", 0.01)
        for _ in range(3):
            waiting = asyncio.create_task(transport.send(post(server), Timeouts()))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        server.go_on.set()
        await server.until_open(0)
        response = await transport.send(post(server), Timeouts(pool=5))
        assert await read(response) == [b"{}"]
        await response.aclose()
        await transport.aclose()


@each_transport
async def test_a_request_cancelled_before_its_head_closes_the_socket(name):
    async def silent(request, line):
        await line.until_client_closes()

    async with wire_server(silent) as server:
        transport = choose_transport(name, TransportOptions(max_connections=1))
        for _ in range(3):
            task = asyncio.create_task(transport.send(post(server), Timeouts()))
            await server.until_open(1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.wait_for(server.until_open(0), 5)
        await transport.aclose()


@each_transport
@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("where", ["head", "body"])
async def test_cancelling_twice_frees_the_socket_and_the_place_in_the_pool(name, turns, where):
    async def silent(request, line):
        if where == "body":
            await line.head()
            await line.chunk(b"x")
        await line.until_client_closes()

    async def call(transport):
        response = await transport.send(post(server), Timeouts(pool=1))
        try:
            async for _ in response.chunks():
                reading.set()
        finally:
            await response.aclose()

    async with wire_server(silent) as server:
        transport = choose_transport(name, TransportOptions(max_connections=1))
        for _ in range(3):
            reading = asyncio.Event()
            task = asyncio.create_task(call(transport))
            await server.until_open(1)
            if where == "body":
                await reading.wait()
            task.cancel()
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert task.cancelled()
            await asyncio.wait_for(server.until_open(0), 2)
        await transport.aclose()


@each_transport
async def test_a_transport_that_is_dropped_closes_its_sockets(name):
    async with wire_server(echo) as server:
        transport = choose_transport(name)
        response = await transport.send(post(server), Timeouts())
        await read(response)
        await response.aclose()
        assert len(server.open) == 1
        del transport, response
        gc.collect()
        await asyncio.wait_for(server.until_open(0), 5)


@each_transport
def test_a_transport_works_in_one_loop_after_another_and_leaves_nothing_open(name):
    transport = choose_transport(name)

    async def once():
        async with wire_server(echo) as server:
            response = await transport.send(post(server), Timeouts())
            return b"".join(await read(response))

    assert [asyncio.run(once()) for _ in range(3)] == [b"{}"] * 3
    gc.collect()


@each_transport
async def test_a_plain_proxy_gets_the_whole_url_and_its_password(name):
    async with wire_server(echo) as proxy:
        authority = proxy.url.removeprefix("http://")
        transport = choose_transport(name, TransportOptions(proxy=f"http://user:pass@{authority}"))
        request = HttpRequest("POST", "http://provider.invalid/v1", (), b"{}")
        response = await transport.send(request, Timeouts())
        assert response.status == 200
        await read(response)
        await transport.aclose()
    assert proxy.requests[0].path == "http://provider.invalid/v1"
    assert proxy.requests[0].header("proxy-authorization") == "Basic dXNlcjpwYXNz"


@each_transport
async def test_a_socks_proxy_without_support_says_how_to_mend_it(name):
    transport = choose_transport(name, TransportOptions(proxy="socks5://127.0.0.1:9"))
    with pytest.raises(ValidationError, match="socksio"):
        await transport.send(HttpRequest("POST", "http://provider.invalid/"), Timeouts())
    await transport.aclose()
