"""What leaves a call that fails: one of our errors, with where, why and how often, and no key."""

import asyncio
import gc
import logging
import pickle
import traceback

import pytest

from ailib import AiClient
from ailib.errors import (
    AiLibError,
    ConnectionFailedError,
    MalformedResponseError,
    RemoteError,
    RequestTimeoutError,
    TruncatedStreamError,
)
from ailib.resilience import ResilientConfig
from ailib.transport import TRANSPORTS, Timeouts
from tests.support.openai_wire import TERMINATOR, body, delta, error
from tests.support.wire_server import wire_server

KEY = "sk-planted-1234567890"
ONCE = ResilientConfig(max_retries=0)


async def client_of(server, model="openai/gpt-4o", path="/v1", **options):
    options = {"api_key": KEY, "resilience": ONCE, **options}
    return await AiClient.create(model, base_url=server.url + path, **options)


async def failure(client, *, stream=False):
    chat = client.chat().user("hi")
    with pytest.raises(AiLibError) as caught:
        await (chat.stream().collect() if stream else chat.execute())
    await client.close()
    return caught.value


def shown(failed):
    """Everything a log, a debugger or a crash report would show of an error."""
    return "".join(
        [
            str(failed),
            repr(failed),
            repr(vars(failed)),
            *traceback.format_exception(failed),
            pickle.dumps(failed).decode("latin-1"),
        ]
    )


async def test_an_error_answer_tells_where_why_and_how_often():
    async def busy(request, line):
        content = error("slow down", "rate_limit_exceeded", "rate_limit_exceeded")
        await line.send(
            b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nX-Request-Id: req-9\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (len(content), content)
        )

    async with wire_server(busy) as server:
        client = await client_of(server, resilience=ResilientConfig(max_retries=2))
        failed = await failure(client)
    assert isinstance(failed, RemoteError)
    assert (failed.provider, failed.model, failed.attempts) == ("openai", "gpt-4o", 3)
    assert (failed.status_code, failed.standard_code, failed.request_id) == (429, "E2001", "req-9")
    assert len(server.requests) == 3


async def cut(request, line):
    await line.head()
    await line.chunk(delta("half "))
    await line.chunk(delta("a word"))
    await line.end()


async def reset(request, line):
    await line.head()
    await line.chunk(delta("half "))
    await line.chunk(delta("a word"))
    await line.go_on.wait()
    line.reset()


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(
    ("answer", "kind"), [(cut, TruncatedStreamError), (reset, ConnectionFailedError)]
)
async def test_a_stream_that_breaks_off_keeps_what_came(transport, answer, kind):
    async with wire_server(answer) as server:
        client = await client_of(server, transport=transport)
        stream = client.chat().user("hi").stream()
        text = (await anext(stream)).text + (await anext(stream)).text
        server.go_on.set()
        with pytest.raises(kind) as caught:
            await anext(stream)
        await client.close()
    assert text == "half a word" == caught.value.partial_text
    assert (caught.value.standard_code, caught.value.retryable) == ("E3001", False)
    assert (caught.value.request_id, stream.stats.error_class) == ("req-1", "server_error")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_break_before_anything_was_delivered_is_tried_again(transport):
    async def second_time(request, line):
        if len(server.requests) == 1:
            return line.reset()
        return await line.whole(body("hello"))

    async with wire_server(second_time) as server:
        client = await client_of(
            server, transport=transport, resilience=ResilientConfig(max_retries=1)
        )
        client._resilience._random = lambda: 0.0
        client._policies[:] = [
            type(policy)(max_retries=1, min_delay_ms=0, max_delay_ms=0)
            for policy in client._policies
        ]
        response, stats = await client.chat().user("hi").execute_with_stats()
        await client.close()
    assert (response.content, stats.retry_count) == ("hello", 1)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_break_after_the_finish_reason_took_nothing(transport):
    async def answer(request, line):
        await line.head()
        await line.chunk(delta("all") + delta(finish="stop"))
        await line.go_on.wait()
        line.reset()

    async with wire_server(answer) as server:
        client = await client_of(server, transport=transport)
        stream = client.chat().user("hi").stream()
        assert (await anext(stream)).text == "all"
        server.go_on.set()
        assert (await anext(stream)).finish_reason == "end_turn"
        await stream.aclose()
        await client.close()


async def test_an_error_inside_a_stream_is_the_providers_and_keeps_what_came():
    async def answer(request, line):
        await line.head()
        await line.chunk(delta("so far"))
        await line.chunk(b"data: " + error("overloaded", "server_error", "overloaded") + b"\n\n")
        await line.chunk(TERMINATOR)
        await line.end()

    async with wire_server(answer) as server:
        failed = await failure(await client_of(server), stream=True)
    assert isinstance(failed, RemoteError)
    assert (failed.in_stream, failed.partial_text) == (True, "so far")
    assert failed.standard_code == "E3002"


async def test_a_login_page_is_no_answer():
    async def page(request, line):
        await line.whole(b"<html>log in</html>", content_type="text/html")

    async with wire_server(page) as server:
        failed = await failure(await client_of(server))
    assert isinstance(failed, MalformedResponseError)
    assert failed.provider == "openai"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_redirect_is_an_error_and_no_key_follows_it(transport):
    async def redirect(request, line):
        await line.send(
            f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {other.url}/?k={KEY}\r\n"
            "Content-Length: 0\r\n\r\n".encode()
        )

    async def taken(request, line):
        await line.whole(b"{}")

    async with wire_server(taken) as other, wire_server(redirect) as server:
        failed = await failure(await client_of(server, transport=transport))
    assert (failed.status_code, other.requests) == (307, [])
    assert "redirect" in str(failed)
    assert KEY not in shown(failed)


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("timeouts", "phase"),
    [
        (Timeouts(first_event=0.05), "first_event"),
        (Timeouts(idle_bytes=0.05), "idle_bytes"),
        (Timeouts(idle_content=0.05), "idle_content"),
        (Timeouts(total=0.05), "total"),
    ],
)
async def test_each_timeout_has_its_phase(transport, stream, timeouts, phase):
    async def slow(request, line):
        await line.head()
        if phase == "first_event":
            await line.until_client_closes()
        await line.chunk(delta("one"))
        while phase == "idle_content":
            await line.chunk(b": keep-alive\n\n")
            await asyncio.sleep(0.01)
        await line.until_client_closes()

    async with wire_server(slow) as server:
        client = await client_of(
            server,
            transport=transport,
            resilience=ResilientConfig(max_retries=0, timeouts=timeouts),
        )
        failed = await failure(client, stream=stream)
        await asyncio.wait_for(server.until_open(0), 5)
    assert isinstance(failed, RequestTimeoutError)
    assert (failed.phase, failed.standard_code) == (phase, "E3003")


async def echo_key(request, line):
    await line.whole(error(f"bad key {KEY} in {request.head}", code="invalid_api_key"), "401 No")


async def echo_in_stream(request, line):
    await line.head()
    await line.chunk(b"data: " + error(f"no quota for {KEY}") + b"\n\n")
    await line.end()


async def echo_in_text(request, line):
    await line.whole(f"upstream refused {request.head}".encode(), "502 Bad", "text/plain")


async def echo_in_nonsense(request, line):
    await line.whole(f'{{"x": {KEY}'.encode())


async def echo_in_header(request, line):
    await line.send(
        f"HTTP/1.1 500 No\r\nX-Echo: {KEY}\r\nX-Request-Id: {KEY}\r\n"
        "Content-Length: 0\r\n\r\n".encode()
    )


async def drop(request, line):
    line.reset()


QUERY_MANIFEST = """
id: planted
protocol_version: "2.0"
extends: openai
endpoint: {base_url: "https://planted.invalid/v1"}
auth: {type: query_param, param_name: key, token_env: PLANTED_API_KEY}
"""


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("model", ["openai/gpt-4o", "planted/gpt-4o"])
@pytest.mark.parametrize(
    "answer",
    [echo_key, echo_in_stream, echo_in_text, echo_in_nonsense, echo_in_header, drop],
)
async def test_a_key_is_shown_nowhere(transport, model, answer, tmp_path, caplog):
    (tmp_path / "planted.yaml").write_text(QUERY_MANIFEST)
    caplog.set_level(logging.DEBUG)
    async with wire_server(answer) as server:
        client = await client_of(server, model, transport=transport, protocol_dir=tmp_path)
        assert KEY not in f"{client!r} {client.__dict__}"
        stream = client.chat().user("hi").stream()
        with pytest.raises(AiLibError) as caught:
            await stream.collect()
        assert KEY in server.requests[0].head
        assert KEY not in shown(caught.value)
        assert KEY not in repr(stream.stats)
        assert caught.value.__cause__ is caught.value.__context__ is None
        await client.close()
    gc.collect()
    assert KEY not in caplog.text
