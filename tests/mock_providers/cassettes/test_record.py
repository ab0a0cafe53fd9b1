"""Recording through the proxy, over real sockets on both sides."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from mock_providers.cassettes import Recorder, Replay, read
from mock_providers.clock import LoopClock
from mock_providers.faults import Head, deliver, parse
from tests.mock_providers.cassettes.test_redaction import SECRET, sse, thirds
from tests.mock_providers.faults.test_deliver import EVENTS, FRAMES, answering
from tests.support.mock_socket import REQUEST, ask, serving


async def recorded(tmp_path, upstream, request=REQUEST, **options):
    path = tmp_path / "made.yaml"
    async with serving(upstream) as upstream_port:
        url = f"http://127.0.0.1:{upstream_port}/base"
        recorder = Recorder(url, path, origin="mock", **options)
        async with serving(recorder) as port:
            heard = await ask(port, request)
        await recorder.close()
    return heard, read(path)


async def test_pieces_come_through_and_are_written_down(tmp_path) -> None:
    heard, cassette = await recorded(
        tmp_path, answering("drip(bytes=4000)"), shown_as="https://api.example.com"
    )
    (one,) = cassette.interactions
    assert heard.body == one.response.body == b"".join(FRAMES)
    assert (one.request.method, one.request.uri) == ("POST", "https://api.example.com/x")
    assert one.request.body == b"{}"
    assert [chunk.data for chunk in one.response.chunks] == FRAMES
    assert all(chunk.delay >= 0 for chunk in one.response.chunks)
    assert dict(one.response.headers) == {"content-type": "text/event-stream"}
    assert (one.response.origin, one.response.end) == ("mock", "done")


@pytest.mark.parametrize(("fault", "end", "heard_end"), [
    ("truncate(after=2,mode=fin)", "fin", "eof"), ("reset(after=2)", "rst", "reset"),
])  # fmt: skip
async def test_a_cut_of_the_upstream_is_passed_on_and_recorded(
    tmp_path, fault, end, heard_end
) -> None:
    heard, cassette = await recorded(tmp_path, answering(fault))
    (one,) = cassette.interactions
    assert heard.end == heard_end
    assert heard.body == one.response.body == b"".join(FRAMES[:3])
    assert one.response.end == end


async def test_what_was_recorded_replays(tmp_path) -> None:
    first, cassette = await recorded(tmp_path, answering(), shown_as="https://h")
    replay = Replay(cassette)
    async with serving(replay) as port:
        again = await ask(port, REQUEST)
    assert again.body == first.body
    replay.check()


async def test_an_upstream_that_does_not_answer_is_a_502(tmp_path) -> None:
    recorder = Recorder("http://127.0.0.1:9", tmp_path / "x.yaml")
    async with serving(recorder) as port:
        heard = await ask(port)
    await recorder.close()
    assert heard.data.startswith(b"HTTP/1.1 502")
    assert not (tmp_path / "x.yaml").exists()


async def test_no_secret_of_a_recorded_stream_reaches_the_file(tmp_path) -> None:
    """A key in a header and a query; the model repeats it in fragments, over events and pieces."""
    parts = [(EVENTS[1], frame) for frame in sse("it is ", *thirds(SECRET))]
    (drip,) = parse("drip(bytes=11)").steps

    async def upstream(scope, receive, send) -> None:
        assert SECRET.encode() in dict(scope["headers"])[b"authorization"]
        await deliver(send, scope, Head(200, "text/event-stream"), parts, drip, LoopClock())

    head = b"GET /x?key=other-secret-1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer "
    heard, _ = await recorded(tmp_path, upstream, head + SECRET.encode() + b"\r\n\r\n")
    assert SECRET[:7].encode() in heard.body
    text = (tmp_path / "made.yaml").read_text()
    assert not [part for part in (*thirds(SECRET), "other-secret") if part in text]


async def test_many_exchanges_at_once_are_all_written(tmp_path) -> None:
    path = tmp_path / "made.yaml"
    async with serving(answering()) as upstream_port:
        recorder = Recorder(f"http://127.0.0.1:{upstream_port}", path)
        async with serving(recorder) as port, httpx.AsyncClient() as client:
            url = f"http://127.0.0.1:{port}/"
            await asyncio.gather(*(client.post(f"{url}{n}", content=b"{}") for n in range(10)))
        await recorder.close()
    assert recorder.count == 10
    uris = [interaction.request.uri for interaction in read(path).interactions]
    assert sorted(uri.rpartition("/")[2] for uri in uris) == [str(n) for n in range(10)]


async def proxied(upstream, request, **options):
    async with serving(upstream) as upstream_port:
        proxy = Recorder(f"http://127.0.0.1:{upstream_port}", None, **options)
        async with serving(proxy) as port:
            heard = await ask(port, request)
        await proxy.close()
    assert proxy.count == 0
    return heard


def carrying(fault: str) -> bytes:
    return REQUEST.replace(b"host: x", f"host: x\r\nx-mock-fault: {fault}".encode())


@pytest.mark.parametrize(
    ("fault", "body", "end"),
    [
        ("reset(after=2)", FRAMES[:3], "reset"),
        ("truncate(after=1)", FRAMES[:2], "open"),
        ("finish(error)", None, "open"),
        ("drip(bytes=9)", FRAMES, "open"),
    ],
)
async def test_without_a_cassette_it_is_a_proxy_for_faults(fault, body, end) -> None:
    heard = await proxied(answering(), carrying(fault))
    assert heard.end == end
    if body is not None:
        assert heard.body == b"".join(body)


async def test_faults_for_every_request_and_refusals_by_status() -> None:
    heard = await proxied(answering(), REQUEST, always=parse("503;retry_after=7"))
    assert heard.data.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 7" in heard.head
    named = await proxied(answering(), carrying("overloaded"))
    assert named.data.startswith(b"HTTP/1.1 400")
    assert b"only mocks of a provider know errors by name" in named.body


async def test_the_upstream_of_a_proxy_sees_nothing_of_the_fault() -> None:
    seen: list = []

    async def upstream(scope, receive, send) -> None:
        seen.append((scope["path"], dict(scope["headers"])))
        await answering()(scope, receive, send)

    request = carrying("drip").replace(b"POST /x", b"POST /fault/coalesce/x")
    await proxied(upstream, request)
    ((path, headers),) = seen
    assert path == "/x"
    assert b"x-mock-fault" not in headers
