"""A provider on a real socket that follows a script, in virtual time.

    @on_stage
    async def test_it():
        async with provider(refusal(503), answer(body())) as server:
            ...
            assert server.times == [0, 1]

The nth request gets the nth step, the last step serves all that follow. A step is an async
function of the request and the `Line`. Times are seconds since the test began, exact.
"""

import asyncio
import functools
from contextlib import asynccontextmanager
from email.utils import formatdate

import pytest

from ailib import AiClient
from ailib.clock import LoopClock
from ailib.resilience import ResilientConfig, RetryConfig
from conformance.worker import virtual
from tests.support.openai_wire import TERMINATOR, body, delta, error
from tests.support.wire_server import wire_server

EPOCH = 1_795_176_000.0  # 2026-11-20T12:00:00Z
RESET, CLOSE, HANG = "reset", "close", "hang"


def on_stage(test):
    """Runs an async test in virtual time. A fixture that is a callable of no arguments is its
    value."""

    @pytest.mark.skipif(not virtual.AVAILABLE, reason="virtual time needs Linux")
    @functools.wraps(test)
    def run(*args, **kwargs):
        virtual.run(test(*args, **kwargs))

    return run


def now():
    return round(asyncio.get_running_loop().time(), 6)


def clock():
    """The client's clock: the loop's time, and UTC from a fixed epoch."""
    return LoopClock(EPOCH)


def http_date(seconds):
    return formatdate(EPOCH + seconds, usegmt=True)


def answer(content, status="200 OK", content_type="application/json", **headers):
    """A step: a whole body; ``headers`` with underscores for dashes."""

    async def step(request, line):
        lines = "".join(f"{name.replace('_', '-')}: {text}\r\n" for name, text in headers.items())
        await line.send(
            f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{lines}"
            f"Content-Length: {len(content)}\r\n\r\n".encode()
            + content
        )

    return step


def refusal(status, content=None, **headers):
    """A step: an error answer."""
    return answer(error() if content is None else content, f"{status} Status", **headers)


def stream(*pieces):
    """A step: an event stream of bytes, pauses (numbers of seconds), and perhaps an end other
    than the proper one."""

    async def step(request, line):
        await line.head()
        for piece in pieces:
            if piece == RESET:
                line.reset()
            elif piece == CLOSE:
                line.writer.close()
            elif piece == HANG:
                await line.until_client_closes()
            elif isinstance(piece, bytes):
                await line.chunk(piece)
                continue
            else:
                await asyncio.sleep(piece)
                continue
            return
        await line.end()

    return step


async def silence(request, line):
    """A step: not a byte."""
    await line.until_client_closes()


async def reset(request, line):
    """A step: the connection breaks before the head."""
    line.reset()


@asynccontextmanager
async def provider(*steps):
    """A server with ``url``, ``requests`` and the ``times`` they came at."""
    left, times = list(steps), []

    async def follow(request, line):
        times.append(now())
        await (left.pop(0) if len(left) > 1 else left[0])(request, line)

    async with wire_server(follow) as server:
        server.times = times
        yield server


NO_JITTER = RetryConfig(jitter="none")
GOOD = answer(body("hello"))
GOOD_STREAM = stream(delta("hello"), delta(finish="stop"), TERMINATOR)
QUOTA = error("You exceeded your current quota.", "insufficient_quota", "insufficient_quota")


def client_of(server, transport="httpx", model="openai/gpt-4o", **config):
    """A client of the server, on the stage's clock; ``config`` as `ResilientConfig` takes it."""
    builder = AiClient.builder().model(model).api_key("sk-test-123456").clock(clock())
    base = f"{server.url}/v1" if model.startswith("openai/") else server.url
    config = ResilientConfig(**{"retry": NO_JITTER} | config)
    return builder.base_url(base).transport(transport).resilience(config).build_now()


async def asked(client):
    """The text of a whole answer."""
    return (await client.chat().user("hi").execute()).content


async def streamed(client):
    """The text of a streamed answer."""
    stream = client.chat().user("hi").stream()
    return "".join([event.text async for event in stream if event.is_content_delta])
