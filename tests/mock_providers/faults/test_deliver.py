"""The sender on real sockets: what stands on the wire, and that all of it arrived."""

from __future__ import annotations

import asyncio
import json
import logging
import socket

import pytest

from mock_providers.clock import LoopClock
from mock_providers.dialects.base import WireEvent
from mock_providers.faults import Head, Piece, Wait, Wire, deliver, parse
from tests.support.mock_socket import REQUEST, ask, serving

WORDS = ["Hel", "lo ", "wör", "ld ", "and ", "more"]


def frame(event: WireEvent) -> bytes:
    data = event.data if isinstance(event.data, str) else json.dumps(event.data, ensure_ascii=False)
    return f"data: {data}\n\n".encode()


EVENTS = [
    WireEvent("start", {"role": "assistant"}),
    *(WireEvent("delta", {"text": word}) for word in WORDS),
    WireEvent("finish", {"finish": "stop"}),
    WireEvent("end", "[DONE]"),
]
FRAMES = [frame(event) for event in EVENTS]
STREAM = b"".join(FRAMES)
OVERLOADED = b'data: {"error": "overloaded"}\n\n'
BODY = json.dumps({"text": "".join(WORDS)}, ensure_ascii=False).encode()


def error(name: str) -> tuple[Piece, ...]:
    event = WireEvent("error", {"error": name})
    return (Piece(frame(event), event),)


def answering(fault: str = "", *, stream: bool = True, results: list | None = None, frames=None):
    """An ASGI app that sends the stream (or the plain body) with these faults."""
    (active,) = parse(fault).steps or ((),)
    parts = frames or (list(zip(EVENTS, FRAMES, strict=True)) if stream else [(None, BODY)])
    kind = "text/event-stream" if stream else "application/json"

    async def app(scope, receive, send) -> None:
        await receive()
        done = await deliver(
            send, scope, Head(200, kind), parts, active, LoopClock(), wire=Wire(frame, error)
        )
        if results is not None:
            results.append(done)

    return app


async def heard(fault: str = "", protocol: str = "httptools", **options):
    async with serving(answering(fault, **options), protocol) as port:
        return await ask(port)


both = pytest.mark.parametrize("protocol", ["httptools", "h11"])


@both
async def test_without_faults_a_stream_is_one_write_and_the_connection_stays(protocol) -> None:
    got = await heard(protocol=protocol)
    assert (got.body, got.terminated, got.end) == (STREAM, True, "open")
    assert b"%x\r\n%b\r\n0\r\n\r\n" % (len(STREAM), STREAM) in got.data


@both
async def test_a_plain_body_tells_its_length(protocol) -> None:
    got = await heard(protocol=protocol, stream=False)
    assert (got.body, got.end) == (BODY, "open")
    assert b"content-length: %d" % len(BODY) in got.head.lower()


@both
@pytest.mark.parametrize(
    ("fault", "body", "end", "terminated"),
    [
        ("truncate(after=3)", FRAMES[:4], "open", True),
        ("truncate(after=0)", FRAMES[:1], "open", True),
        ("truncate(after=99)", FRAMES[:7], "open", True),
        ("truncate(after=3,mode=fin)", FRAMES[:4], "eof", False),
        ("truncate-3-fin", FRAMES[:4], "eof", False),
        ("truncate(after=3,mode=rst)", FRAMES[:4], "reset", False),
        ("reset(after=5)", FRAMES[:6], "reset", False),
        ("truncate(bytes=30)", [STREAM[:30]], "open", True),
        ("reset(bytes=30)", [STREAM[:30]], "reset", False),
        (
            "truncate(after=3,mode=midjson)",
            [*FRAMES[:4], FRAMES[4][: len(FRAMES[4]) // 2]],
            "open",
            True,
        ),
        (
            "truncate(after=2,mode=midutf8)",
            [*FRAMES[:3], b'data: {"text": "w\xc3'],
            "open",
            True,
        ),
        ("truncate(after=2,mode=midutf8,end=rst)", None, "reset", False),
        ("error_event(overloaded,after=2)", [*FRAMES[:3], OVERLOADED], "open", True),
        ("error_event(overloaded,after=2,end=fin)", None, "eof", False),
        ("error_event(overloaded,after=2,end=go_on)", None, "open", True),
        ("drip(bytes=7)", FRAMES, "open", True),
        ("coalesce(count=2)", FRAMES, "open", True),
        ("close_idle", FRAMES, "eof", True),
        ("close_idle(mode=rst)", FRAMES, "reset", True),
    ],
)
async def test_a_stream_ends_as_asked(protocol, fault, body, end, terminated) -> None:
    got = await heard(fault, protocol)
    assert (got.end, got.terminated) == (end, terminated)
    if body is not None:
        assert got.body == b"".join(body)


@both
async def test_a_chunk_is_cut_in_its_middle(protocol) -> None:
    got = await heard("truncate(after=3,mode=midchunk)", protocol)
    promised = FRAMES[4]
    assert got.end == "eof"
    assert got.data.endswith(b"%x\r\n%b" % (len(promised), promised[: len(promised) // 2]))


@both
@pytest.mark.parametrize("mode", ["fin", "rst"])
async def test_nothing_at_all_is_sent_without_headers(protocol, mode) -> None:
    got = await heard(f"no_headers(mode={mode})", protocol)
    assert (got.data, got.end) == (b"", {"fin": "eof", "rst": "reset"}[mode])


@both
@pytest.mark.parametrize(
    ("fault", "length", "body", "end"),
    [
        ("truncate", len(BODY) // 2, BODY[: len(BODY) // 2], "open"),
        ("truncate(mode=fin)", len(BODY), BODY[: len(BODY) // 2], "eof"),
        ("truncate(mode=midchunk)", len(BODY), BODY[: len(BODY) // 2], "eof"),
        ("reset", len(BODY), BODY[: len(BODY) // 2], "reset"),
        ("reset(bytes=4)", len(BODY), BODY[:4], "reset"),
        ("drip(bytes=3)", len(BODY), BODY, "open"),
        ("stall(at=between,for=10ms)", len(BODY), BODY, "open"),
        ('body("oops",status=502,ctype=html)', 4, b"oops", "open"),
        ("body", 0, b"", "open"),
    ],
)
async def test_a_plain_body_ends_as_asked(protocol, fault, length, body, end) -> None:
    got = await heard(fault, protocol, stream=False)
    assert (got.body, got.end) == (body, end)
    assert b"content-length: %d\r\n" % length in got.head.lower() + b"\r\n"


@both
@pytest.mark.parametrize("fault", ["reset(after=3)", "truncate(after=3,mode=fin)", "no_headers"])
async def test_the_server_does_not_complain_about_a_cut(protocol, fault, caplog) -> None:
    caplog.set_level(logging.INFO)
    await heard(fault, protocol)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("fault", ["reset(after=200)", "truncate(after=200,mode=fin)"])
@both
async def test_every_byte_before_a_cut_reaches_even_a_slow_reader(protocol, fault) -> None:
    """The answer is larger than all buffers between, and the reader starts late and reads little
    at a time; a cut that does not wait for the kernel's queue loses the tail."""
    event = WireEvent("delta", {"text": "x" * 20_000})
    parts = [(event, frame(event))] * 400
    expected = parts[0][1] * 200
    results: list = []
    async with serving(answering(fault, frames=parts, results=results), protocol) as port:
        loop = asyncio.get_running_loop()
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            client.setblocking(False)
            await loop.sock_connect(client, ("127.0.0.1", port))
            await loop.sock_sendall(client, REQUEST)
            for _ in range(200):
                await asyncio.sleep(0)
            assert not results, "the cut came while the reader had not read"
            data = b""
            reset = False
            while True:
                try:
                    more = await loop.sock_recv(client, 4096)
                except ConnectionResetError:
                    reset = True
                    break
                if not more:
                    break
                data += more
    body = data.partition(b"\r\n\r\n")[2]
    chunk = b"%x\r\n%b\r\n" % (len(parts[0][1]), parts[0][1])
    assert len(body) == len(chunk) * 200
    assert body == chunk * 200
    assert reset == fault.startswith("reset")
    assert results[0].size == len(expected)


@both
async def test_a_stall_ends_when_the_client_leaves(protocol, caplog) -> None:
    """And nobody complains: not the server about an unfinished answer, not asyncio about writes
    into a closed connection."""
    caplog.set_level(logging.WARNING)
    results: list = []
    left = asyncio.Event()
    stalled = answering("stall(at=between,for=inf)", results=results)

    async def app(scope, receive, send) -> None:
        await stalled(scope, receive, send)
        left.set()

    async with serving(app, protocol) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        await reader.readuntil(FRAMES[1])
        assert not results
        writer.close()
        await writer.wait_closed()
        async with asyncio.timeout(5):
            await left.wait()
    assert results[0].end == "gone"
    assert caplog.records == []


@both
async def test_a_client_that_leaves_a_long_answer_is_noticed_quietly(protocol, caplog) -> None:
    caplog.set_level(logging.WARNING)
    results: list = []
    done = asyncio.Event()
    long = answering("drip(bytes=1)", frames=[(EVENTS[1], FRAMES[1])] * 2000, results=results)

    async def app(scope, receive, send) -> None:
        await long(scope, receive, send)
        done.set()

    async with serving(app, protocol) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()
        async with asyncio.timeout(10):
            await done.wait()
    assert results[0].end == "gone"
    assert caplog.records == []


@pytest.mark.parametrize(
    ("place", "before"),
    [("headers", []), ("first", FRAMES[:1]), ("between", FRAMES[:2]), ("after", FRAMES[:7])],
)
async def test_what_stands_before_a_stall_arrives_before_it(place, before) -> None:
    async with serving(answering(f"stall(at={place},for=inf)")) as port:
        got = await ask(port, patience=0.1)
    assert (got.body, got.end) == (b"".join(before), "open")


async def test_pauses_among_the_frames_are_kept_without_faults() -> None:
    waited: list[float] = []

    class Clock(LoopClock):
        async def sleep(self, seconds: float) -> None:
            waited.append(seconds)

    parts = [(EVENTS[0], FRAMES[0]), Wait(0.5), (EVENTS[1], FRAMES[1]), (EVENTS[2], FRAMES[2])]

    async def app(scope, receive, send) -> None:
        await deliver(send, scope, Head(200, "text/event-stream"), parts, (), Clock())

    async with serving(app) as port:
        got = await ask(port)
    assert (got.body, waited) == (b"".join(FRAMES[:3]), [0.5])
    assert b"%x\r\n%b\r\n" % (len(FRAMES[0]), FRAMES[0]) in got.data


async def test_the_connection_serves_on_after_a_fault_that_leaves_it_open() -> None:
    async with serving(answering("truncate(after=1)")) as port:
        got = await ask(port, REQUEST + REQUEST)
    assert got.data.count(b"HTTP/1.1 200") == 2


async def test_a_server_without_the_hook_refuses_what_it_cannot_do() -> None:
    sent: list[dict] = []

    async def send(message) -> None:
        sent.append(message)

    (active,) = parse("reset(after=3)").steps
    frames = list(zip(EVENTS, FRAMES, strict=True))
    await deliver(send, {"type": "http"}, Head(200), frames, active, LoopClock())
    assert sent[0]["status"] == 501
    assert (b"x-mock-error", b"true") in sent[0]["headers"]
    message = json.loads(sent[1]["body"])["error"]["message"]
    assert "reset(after=3)" in message
    assert "mock-providers serve" in message


async def test_a_server_without_the_hook_still_does_what_http_can() -> None:
    sent: list[dict] = []

    async def send(message) -> None:
        sent.append(message)

    (active,) = parse("truncate(after=1)").steps
    frames = list(zip(EVENTS, FRAMES, strict=True))
    done = await deliver(send, {"type": "http"}, Head(200), frames, active, LoopClock())
    assert b"".join(m.get("body", b"") for m in sent) == b"".join(FRAMES[:2])
    assert (done.status, done.size, done.end) == (200, len(FRAMES[0] + FRAMES[1]), "complete")


def on_uvloop(main):
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not made for this platform")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


@both
@pytest.mark.parametrize(
    ("fault", "end", "whole"),
    [
        ("", "open", True),
        ("drip(bytes=5)", "open", True),
        ("truncate(after=9,mode=fin)", "eof", False),
        ("reset(after=9)", "reset", False),
        ("no_headers(mode=rst)", "reset", False),
    ],
)
def test_the_same_on_uvloop(protocol, fault, end, whole) -> None:
    """What `mock-providers serve` runs on."""
    got = on_uvloop(heard(fault, protocol))
    assert got.end == end
    if "after=9" in fault:
        assert got.body == b"".join(FRAMES[:7])
    elif whole:
        assert got.body == STREAM


@both
@pytest.mark.parametrize("fault", ["reset(after=200)", "truncate(after=200,mode=fin)"])
def test_a_slow_reader_on_uvloop(protocol, fault) -> None:
    on_uvloop(test_every_byte_before_a_cut_reaches_even_a_slow_reader(protocol, fault))
