"""The file: reads back what was written, is vcrpy's, and says what is wrong with a bad one."""

from __future__ import annotations

import gzip
import http.server
import threading
from pathlib import Path

import httpx
import pytest
import vcr
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_providers.cassettes import (
    Cassette,
    CassetteError,
    Chunk,
    Interaction,
    Request,
    Response,
    load,
    read,
    write,
)
from mock_providers.cassettes.vcr import dump

PLAIN = (("content-type", "text/plain"),)
FRAMES = [b"data: one\n\n", "data: zw\u00f6lf \u2603\n\n".encode(), b"data: [DONE]\n\n"]
EXCHANGE = Interaction(
    Request(
        "POST",
        "https://api.example.com/v1/chat?alt=sse",
        (("content-type", "application/json"),),
        b'{"model":"m"}',
    ),
    Response(
        200,
        "OK",
        (("content-type", "text/event-stream"), ("x-request-id", "a"), ("x-request-id", "b")),
        (Chunk(FRAMES[0], 0.25), Chunk(FRAMES[1], 0.031), Chunk(FRAMES[2])),
        "mock",
        "2026-11-20",
    ),
)


def test_a_cassette_reads_back_as_it_was_written(tmp_path) -> None:
    path = tmp_path / "deep" / "one.yaml"
    write(path, Cassette((EXCHANGE, EXCHANGE)))
    assert read(path) == Cassette((EXCHANGE, EXCHANGE))
    assert [p.name for p in path.parent.iterdir()] == ["one.yaml"]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=20) | st.text(max_size=20).map(str.encode), max_size=5))
def test_any_bytes_read_back(pieces) -> None:
    chunks = tuple(Chunk(piece, 0.5) for piece in pieces)
    one = Interaction(
        Request("GET", "http://h/", (), b"".join(pieces)), Response(200, "", (), chunks)
    )
    assert load(dump(Cassette((one,)))) == Cassette((one,))


def test_the_file_is_readable_by_eye() -> None:
    assert (
        dump(Cassette((EXCHANGE,)))
        == """\
interactions:
- request:
    method: POST
    uri: https://api.example.com/v1/chat?alt=sse
    headers:
      content-type:
      - application/json
    body: '{"model":"m"}'
  response:
    status:
      code: 200
      message: OK
    headers:
      content-type:
      - text/event-stream
      x-request-id:
      - a
      - b
    body:
      string: |+
        data: one

        data: zwölf ☃

        data: [DONE]

    origin: mock
    recorded: '2026-11-20'
    end: done
    frames:
    - - 0
      - 0.25
    - - 11
      - 0.031
    - - 29
      - 0.0
version: 1
"""
    )


def test_stock_vcrpy_replays_it_and_keeps_our_keys(tmp_path) -> None:
    path = tmp_path / "one.yaml"
    write(path, Cassette((EXCHANGE,)))
    before = path.read_text()
    with vcr.use_cassette(str(path), record_mode="none") as tape:
        answer = httpx.post(EXCHANGE.request.uri, content=b'{"model":"m"}')
        assert answer.content == b"".join(FRAMES)
        assert answer.headers["content-type"] == "text/event-stream"
        assert tape.all_played
        assert tape.responses[0]["frames"] == [[0, 0.25], [11, 0.031], [29, 0.0]]
    assert path.read_text() == before


def test_a_cassette_of_vcrpy_reads_as_one_piece(tmp_path) -> None:
    text = """
interactions:
- request: {body: '{}', headers: {accept: ['*/*']}, method: post, uri: 'http://h/x'}
  response:
    body: {string: hello}
    headers: {Content-Type: [text/plain]}
    status: {code: 201, message: Created}
version: 1
"""
    assert load(text) == Cassette(
        (
            Interaction(
                Request("POST", "http://h/x", (("accept", "*/*"),), b"{}"),
                Response(201, "Created", PLAIN, (Chunk(b"hello"),), "live"),
            ),
        )
    )


def test_compressed_bodies_of_vcrpy_are_decoded(tmp_path) -> None:
    """Recorded by vcrpy itself, from a server that compresses; what is then written has neither
    the compression nor the key."""
    path = tmp_path / "stock.yaml"
    body = b'{"text":"hello","echo":"sk-planted-0123456789abcdefghij"}'

    class Compressing(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = gzip.compress(body)
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-encoding", "gzip")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Compressing) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        with vcr.use_cassette(str(path)):
            url = f"http://127.0.0.1:{server.server_port}/"
            assert httpx.get(url, headers={"x-api-key": "another-secret-key"}).content == body
    (one,) = read(path).interactions
    assert (one.response.body, one.response.origin) == (body, "live")
    written = write(tmp_path / "ours.yaml", read(path)).interactions[0]
    assert written.response.body == b'{"text":"hello","echo":"REDACTED"}'
    assert "another-secret" not in (tmp_path / "ours.yaml").read_text()


GOOD = dump(Cassette((EXCHANGE,)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("interactions:", "interactions: ["), "not YAML"),
        (("interactions:", "other:"), "/interactions: expected list, found None"),
        (("method: POST", "method: 7"), "/interactions/0/request/method: expected str, found 7"),
        (("code: 200", "code: ok"), "/interactions/0/response/status/code: expected int"),
        (("origin: mock", "origin: guess"), "/response/origin: expected one of mock, documented"),
        (("end: done", "end: bang"), "/response/end: expected one of done, fin, rst"),
        (("- - 11", "- - 999"), "/response/frames: expected [offset, delay] rising within"),
        (("- - 0", "- - 1"), "/response/frames: expected a first offset of 0"),
        (("string: |+", "strong: |+"), "/response/body/string: expected str or bytes or nothing"),
    ],
)
def test_a_bad_file_is_told_what_and_where(tmp_path, change, says) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD.replace(*change))
    with pytest.raises(CassetteError) as caught:
        read(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(CassetteError, match=r"nowhere\.yaml: No such file"):
        read(Path("nowhere.yaml"))
