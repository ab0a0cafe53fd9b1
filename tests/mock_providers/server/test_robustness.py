"""Many clients, slow clients, rude clients, on real sockets in one loop."""

import asyncio
import gc
import json
import resource
import tracemalloc

import pytest

from mock_providers import MockServer
from mock_providers.limits import Pace

BODY = {"model": "gpt-4o", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
LARGE = 50 * 1024 * 1024


def request(body, *, path="/openai/v1/chat/completions", headers=()):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        "host: mock",
        "authorization: Bearer k",
        "content-type: application/json",
        f"content-length: {len(raw)}",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + raw


async def connect(server):
    port = int(server.origin.rpartition(":")[2])
    return await asyncio.open_connection("127.0.0.1", port)


async def whole(server, sent):
    """All bytes of one answer over a connection of its own."""
    reader, writer = await connect(server)
    writer.write(sent)
    try:
        return await asyncio.wait_for(_read_answer(reader), 60)
    finally:
        writer.close()


async def _read_answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        return head + await reader.readuntil(b"\r\n0\r\n\r\n")
    size = next(
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )
    return head + await reader.readexactly(size)


@pytest.fixture
async def server():
    async with MockServer(providers=["openai", "anthropic"]) as running:
        yield running


@pytest.fixture(autouse=True)
def quiet_log(caplog):
    yield
    assert [r.getMessage() for r in caplog.records if r.exc_info] == []


async def test_a_thousand_streams_at_once_all_end_well():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    async with MockServer(providers=["openai"], pace=Pace(0.05, 200, 0.5)) as server:
        sent = [request({**BODY, "user": str(n)}) for n in range(1000)]
        answers = await asyncio.gather(*(whole(server, one) for one in sent))
        assert all(b"data: [DONE]" in answer for answer in answers)
        assert len(set(answers)) == 1000
        assert server.app.state.metrics.in_flight == 0


async def test_a_client_that_does_not_read_holds_up_nobody(server):
    server.add({"match": {"text": "big"}, "answer": {"text": "word " * 200_000}})
    server.add({"match": {"text": "Hello"}, "answer": {"text": "small"}})
    big = {**BODY, "messages": [{"role": "user", "content": "big"}]}
    slow = [await connect(server) for _ in range(5)]
    for _, writer in slow:
        writer.write(request(big))
    answers = await asyncio.gather(*(whole(server, request(BODY)) for _ in range(20)))
    assert all(b"small" in answer for answer in answers)
    received = [await _read_answer_slowly(reader) for reader, _ in slow]
    assert all(b"data: [DONE]" in data[-100:] for data in received)
    for _, writer in slow:
        writer.close()


async def _read_answer_slowly(reader):
    data = b""
    while not data.endswith(b"0\r\n\r\n"):
        data = (data + await reader.read(1 << 20))[-1000:]
    return data


async def test_clients_that_leave_in_the_middle_leave_nothing_behind():
    async with MockServer(providers=["openai"], pace=Pace(0.0, 100)) as server:
        for n in range(50):
            reader, writer = await connect(server)
            writer.write(request({**BODY, "user": str(n)}))
            await reader.readuntil(b"data: ")
            writer.transport.abort()
        answer = await whole(server, request(BODY))
        assert b"data: [DONE]" in answer
        ends = [entry["end"] for entry in server.requests()]
        assert ends == ["gone"] * 50 + ["complete"]


async def test_clients_that_leave_before_their_request_is_whole(server):
    for _ in range(20):
        _, writer = await connect(server)
        writer.write(request(BODY)[:-20])
        await writer.drain()
        writer.close()
    assert b"200 OK" in await whole(server, request({**BODY, "stream": False}))


async def test_fifty_megabytes_are_read_and_judged(server):
    messages = [{"role": "user", "content": "x" * LARGE}]
    answer = await whole(server, request({**BODY, "messages": messages}))
    assert b" 400 " in answer.split(b"\r\n")[0]
    assert b"context_length_exceeded" in answer


async def test_more_than_the_largest_body_is_413(server):
    reader, writer = await connect(server)
    writer.write(
        b"POST /openai/v1/chat/completions HTTP/1.1\r\nhost: m\r\ncontent-length: 80000000\r\n\r\n"
    )
    piece = b"x" * (1 << 20)
    for _ in range(70):
        writer.write(piece)
        await writer.drain()
    head = await asyncio.wait_for(reader.readuntil(b"\r\n"), 30)
    assert b" 413 " in head
    writer.close()


async def test_large_bodies_do_not_pile_up_in_the_journal(server):
    tracemalloc.start()
    try:
        for n in range(12):
            messages = [{"role": "user", "content": f"{n}" + "x" * (4 << 20)}]
            await whole(server, request({**BODY, "messages": messages}))
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The journal keeps 32 MB of bodies, each with its parsed JSON.
    assert kept < 100 << 20


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/9.9\r\n\r\n", b"400"),
        (b"POST /openai/v1/chat/completions HTTP/1.1\r\nhost m\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"GET /%00%ff/../.. HTTP/1.1\r\nhost: m\r\n\r\n", b"404"),
        (b"BREW /openai/v1/models HTTP/1.1\r\nhost: m\r\n\r\n", b"400"),
    ],
)
async def test_malformed_http_is_refused(server, sent, status):
    reader, writer = await connect(server)
    writer.write(sent)
    writer.write_eof()
    line = await asyncio.wait_for(reader.readline(), 10)
    assert line.split(b" ")[1] == status
    writer.close()
    assert b"200 OK" in await whole(server, request({**BODY, "stream": False}))


@pytest.mark.parametrize(
    "flood",
    [
        b"".join(b"x-header-%d: %s\r\n" % (n, b"v" * 50) for n in range(10_000)),
        b"x-long: " + b"v" * (2 << 20) + b"\r\n",
    ],
    ids=["many", "long"],
)
async def test_a_flood_of_headers_is_cut_off(server, flood):
    reader, writer = await connect(server)
    writer.write(b"GET /openai/v1/models HTTP/1.1\r\nhost: m\r\n" + flood)
    line = await asyncio.wait_for(reader.readline(), 10)
    assert line.startswith(b"HTTP/1.1 431 ")
    writer.close()
    assert b"200 OK" in await whole(server, request({**BODY, "stream": False}))


async def test_a_kept_connection_takes_request_after_request(server):
    reader, writer = await connect(server)
    for n in range(30):
        writer.write(request({**BODY, "stream": bool(n % 2), "user": "u" * 40_000}))
        answer = await asyncio.wait_for(_read_answer(reader), 10)
        assert answer.startswith(b"HTTP/1.1 200")
    writer.close()


async def test_pipelined_requests_are_answered_in_order(server):
    reader, writer = await connect(server)
    texts = [f"answer {n}" for n in range(10)]
    for n, text in enumerate(texts):
        server.add({"match": {"json": {"$.user": str(n)}}, "answer": {"text": text}})
    for n in range(10):
        writer.write(request({**BODY, "stream": False, "user": str(n)}))
    for text in texts:
        assert text.encode() in await asyncio.wait_for(_read_answer(reader), 10)
    writer.close()


async def test_a_stopped_server_lets_go_of_its_clients():
    async with MockServer(providers=["openai"], pace=Pace(60)) as server:
        reader, writer = await connect(server)
        writer.write(request(BODY))
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    assert await asyncio.wait_for(_rest(reader), 10) in {b"", None}
    writer.close()


async def _rest(reader):
    try:
        return await reader.read()
    except ConnectionError:
        return None
