"""Replay: the recorded answer in the pieces and at the times asked for; misses are loud."""

from __future__ import annotations

import json

import pytest

from mock_providers.cassettes import (
    CHUNKINGS,
    Cassette,
    CassetteError,
    Chunk,
    Interaction,
    Replay,
    Request,
    Response,
    chunked,
)
from mock_providers.clock import LoopClock
from tests.support.mock_socket import ask, serving

EVENTS = [
    b'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n',
    'data: {"choices":[{"delta":{"content":"zwölf "}}]}\n\n'.encode(),
    'data: {"choices":[{"delta":{"content":"☃"}}]}\n\n'.encode(),
    b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n',
    b"data: [DONE]\n\n",
]
BODY = b"".join(EVENTS)
PIECES = [BODY[:20], BODY[20:130], BODY[130:]]
SSE = (("content-type", "text/event-stream"),)
JSON = (("content-type", "application/json"),)


def interaction(body=b'{"model":"m","n":1}', uri="https://api.example.com/v1/chat", **response):
    fields = {"headers": SSE, "chunks": tuple(Chunk(p, 0.5) for p in PIECES)} | response
    request = Request("POST", uri, (("content-type", "application/json"),), body)
    return Interaction(request, Response(200, "OK", **fields))


def request(body=b'{"n": 1, "model": "m"}', path="/v1/chat", headers="") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


class Waits(LoopClock):
    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)


async def play(*interactions, asked=None, **options):
    app = Replay(Cassette(interactions), **options)
    async with serving(app) as port:
        heard = await ask(port, asked or request())
    return heard, app


@pytest.mark.parametrize("chunking", CHUNKINGS)
async def test_the_same_bytes_in_the_pieces_asked_for(chunking) -> None:
    got, app = await play(interaction(), chunking=chunking)
    assert got.body == BODY
    written = list(chunked(tuple(map(Chunk, PIECES)), chunking))
    assert got.data.partition(b"\r\n\r\n")[2] == b"".join(
        b"%x\r\n%b\r\n" % (len(chunk.data), chunk.data) for chunk in written
    ) + (b"0\r\n\r\n")
    app.check()


@pytest.mark.parametrize(
    ("chunking", "count"),
    [("as-recorded", 3), ("per-byte", len(BODY)), ("coalesced", 1), ("split-utf8", 5)],
)
def test_pieces(chunking, count) -> None:
    pieces = list(chunked(tuple(Chunk(p, 0.5) for p in PIECES), chunking))
    assert b"".join(piece.data for piece in pieces) == BODY
    assert len(pieces) == count
    assert sum(piece.delay for piece in pieces) == 1.5
    assert all(piece.data for piece in pieces)


@pytest.mark.parametrize(("speed", "waits"), [(0, []), (1, [0.5] * 3), (2, [0.25] * 3)])
async def test_recorded_times_go_through_the_clock(speed, waits) -> None:
    clock = Waits()
    got, _ = await play(interaction(), speed=speed, clock=clock)
    assert (got.body, clock.waited) == (BODY, waits)


async def test_a_plain_answer_tells_its_length() -> None:
    got, _ = await play(interaction(headers=JSON, chunks=(Chunk(b'{"a":'), Chunk(b"1}"))))
    assert got.body == b'{"a":1}'
    assert b"content-length: 7" in got.head


@pytest.mark.parametrize(("end", "heard"), [("fin", "eof"), ("rst", "reset")])
async def test_a_recorded_cut_is_played(end, heard) -> None:
    got, _ = await play(interaction(end=end))
    assert (got.body, got.end, got.terminated) == (BODY, heard, False)


@pytest.mark.parametrize(
    ("fault", "body", "end"),
    [
        ("truncate(after=1)", EVENTS[:2], "open"),
        ("reset(after=2)", EVENTS[:3], "reset"),
        ("truncate(after=9)", EVENTS[:3], "open"),
        ("drip(bytes=5)", EVENTS, "open"),
    ],
)
async def test_faults_act_on_top_of_a_recording(fault, body, end) -> None:
    got, _ = await play(interaction(), asked=request(headers=f"x-mock-fault: {fault}\r\n"))
    assert (got.body, got.end) == (b"".join(body), end)


async def test_a_recording_refuses_by_status_and_rewrites_events() -> None:
    got, _ = await play(interaction(), asked=request(headers="x-mock-fault: 429;retry_after=3\r\n"))
    assert got.data.startswith(b"HTTP/1.1 429")
    assert b"retry-after: 3" in got.head
    got, _ = await play(interaction(), asked=request(headers="x-mock-fault: finish(eos)\r\n"))
    assert b'"finish_reason":"eos"' in got.body


async def test_under_faults_events_keep_the_times_of_their_pieces() -> None:
    clock = Waits()
    asked = request(headers="x-mock-fault: truncate(after=99)\r\n")
    await play(interaction(), asked=asked, speed=1, clock=clock)
    assert clock.waited == [0.5, 0.5, 0.5]


async def test_equal_requests_are_answered_in_their_order() -> None:
    first, second = (interaction(headers=JSON, chunks=(Chunk(b),)) for b in (b"1", b"2"))
    app = Replay(Cassette((first, second)))
    async with serving(app) as port:
        got = [(await ask(port, request())).body for _ in range(2)]
    assert got == [b"1", b"2"]
    app.check()


async def test_a_miss_is_loud_and_shows_the_nearest_and_what_differs() -> None:
    far = interaction(b'{"other":true}', "https://api.example.com/v2/x")
    got, app = await play(far, interaction(), asked=request(b'{"model":"m","n":2,"a/b":[1]}'))
    assert got.data.startswith(b"HTTP/1.1 501")
    assert b"x-should-retry: false" in got.head
    message = json.loads(got.body)["error"]["message"]
    assert message == (
        "no recorded answer to POST http://replay/v1/chat; nearest is interaction 1:\n"
        "  body /a~1b: asked [1], not recorded\n"
        "  body /n: recorded 1, asked 2"
    )
    assert app.misses == [message]


async def test_a_used_answer_is_not_given_twice() -> None:
    app = Replay(Cassette((interaction(),)))
    async with serving(app) as port:
        await ask(port, request())
        got = await ask(port, request())
    assert b"interaction 0 answers it and was used already" in got.body


async def test_unused_interactions_and_misses_fail_the_check() -> None:
    _, app = await play(interaction(), interaction(b"{}"), asked=request(path="/nowhere"))
    with pytest.raises(CassetteError) as caught:
        app.check()
    text = str(caught.value)
    assert "no recorded answer to POST http://replay/nowhere" in text
    assert text.count("unused: POST https://api.example.com/v1/chat") == 2


async def test_requests_are_compared_without_their_secrets() -> None:
    recorded = interaction(b'{"k":"REDACTED","model":"m"}', "https://h/v1/chat?alt=sse")
    asked = request(
        b'{"model":"m","k":"my-own-secret-key"}',
        "/v1/chat?key=my-own-secret-key&alt=sse",
        "authorization: Bearer my-own-secret-key\r\n",
    )
    got, app = await play(recorded, asked=asked)
    assert got.body == BODY
    app.check()


async def test_a_bad_fault_is_refused_and_uses_nothing_up() -> None:
    got, app = await play(interaction(), asked=request(headers="x-mock-fault: trunkate\r\n"))
    assert got.data.startswith(b"HTTP/1.1 400")
    assert b"did you mean 'truncate'" in got.body
    assert len(app.unused) == 1
