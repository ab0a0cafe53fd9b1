"""Secrets never reach the file: every place, every spelling, every way of being cut apart."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_providers.cassettes import (
    Cassette,
    Chunk,
    Interaction,
    Request,
    Response,
    read,
    redacted,
    write,
)
from mock_providers.cassettes.eventstream import join_frames, split_frames

SECRET = "Zq7+canary/9f3K=w_T%x"
"""No known shape, and a character each that URL, base64 and JSON write in another way."""


def percent(text: str) -> str:
    return quote(text, safe="")


def every_percent(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def in_base64(text: str) -> str:
    return base64.b64encode(f'{{"k":"{text}"}}'.encode()).decode()


def in_url_base64(text: str) -> str:
    return base64.urlsafe_b64encode(f"user:{text}".encode()).decode()


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" for c in text)


def twice_escaped(text: str) -> str:
    return json.dumps(json.dumps("/" + text))[1:-1]


SPELLINGS = {
    "plain": str,
    "percent": percent,
    "every-percent": every_percent,
    "base64": in_base64,
    "url-base64": in_url_base64,
    "json-escaped": escaped,
    "twice-escaped": twice_escaped,
    "hex": lambda text: text.encode().hex(),
}


def sse(*texts: str) -> list[bytes]:
    chunk = '{{"id":"c","choices":[{{"index":0,"delta":{{"content":{}}}}}]}}'
    return [f"data: {chunk.format(json.dumps(t))}\n\n".encode() for t in texts]


def events(*payloads: bytes) -> bytes:
    return join_frames([(b"\x0b:event-type\x07\x00\x05delta", p) for p in payloads])


def thirds(text: str) -> tuple[str, str, str]:
    size = len(text) // 3
    return text[:size], text[size : 2 * size], text[2 * size :]


SSE, JSON = ("content-type", "text/event-stream"), ("content-type", "application/json")
STREAM = ("content-type", "application/vnd.amazon.eventstream")


def place(where: str, text: str) -> dict:
    """Fields of a request and response with the text at this place."""
    body = f'{{"model":"m","x":"{text}"}}'.encode()
    match where:
        case "request header that is kept":
            return {"headers": (("accept", text),)}
        case "request header that is not":
            return {"headers": (("x-custom", text), ("cookie", f"a={text}"))}
        case "path":
            return {"uri": f"https://h/v1/{percent(text)}/x"}
        case "query":
            return {"uri": f"https://h/v1?q={text}&key={percent(text)}"}
        case "user info":
            return {"uri": f"https://{percent(text)}:{percent(text)}@h/v1"}
        case "request body":
            return {"body": body}
        case "request form":
            return {"body": f"a=1&b={text}".encode()}
        case "response header that is kept":
            return {"response_headers": (JSON, ("x-request-id", f"req {text}"))}
        case "response header that is not":
            return {"response_headers": (JSON, ("set-cookie", f"s={text}"))}
        case "redirect":
            return {"response_headers": (JSON, ("location", f"https://h/?next={text}"))}
        case "reason phrase":
            return {"reason": f"Bad {text}"}
        case "response body":
            return {"chunks": [body], "response_headers": (JSON,)}
        case "error text":
            message = f"Incorrect API key provided: {text}. See the page."
            return {"chunks": [json.dumps({"error": message}).encode()]}
        case "over pieces":
            return {
                "chunks": [body[:n] for n in (1,)] + [body[i : i + 1] for i in range(1, len(body))]
            }
        case "over events":
            return {
                "chunks": sse("Your key is ", *thirds(text), " ok?"),
                "response_headers": (SSE,),
            }
        case "over events and pieces":
            joined = b"".join(sse("key: ", *thirds(text)))
            return {
                "chunks": [joined[i : i + 7] for i in range(0, len(joined), 7)],
                "response_headers": (SSE,),
            }
        case "over tool arguments":
            parts = thirds(json.dumps({"auth": text})[1:-1])
            lines = [
                json.dumps({"delta": {"partial_json": p}}, separators=(",", ":")) for p in parts
            ]
            return {
                "chunks": [f"event: d\ndata: {line}\n\n".encode() for line in lines],
                "response_headers": (SSE,),
            }
        case "over lines":
            lines = [json.dumps({"message": {"content": p}}) + "\n" for p in thirds(text)]
            return {
                "chunks": [line.encode() for line in lines],
                "response_headers": (("content-type", "application/x-ndjson"),),
            }
        case "over elements of an array":
            parts = [{"candidates": [{"text": p}]} for p in thirds(text)]
            return {"chunks": [json.dumps(parts, indent=1).encode()], "response_headers": (JSON,)}
        case "event stream":
            return {"chunks": [events(body, body)], "response_headers": (STREAM,)}
        case "over frames of an event stream":
            parts = [json.dumps({"delta": {"text": p}}).encode() for p in thirds(text)]
            return {"chunks": [events(*parts)], "response_headers": (STREAM,)}
    raise AssertionError(where)


PLACES = [
    "request header that is kept", "request header that is not", "path", "query", "user info",
    "request body", "request form", "response header that is kept",
    "response header that is not", "redirect", "reason phrase", "response body", "error text",
    "over pieces", "over events", "over events and pieces", "over tool arguments", "over lines",
    "over elements of an array", "event stream", "over frames of an event stream",
]  # fmt: skip


def exchange(uri="https://h/v1", headers=(), body=b"{}", response_headers=(JSON,), reason="OK",
             chunks=()) -> Interaction:  # fmt: skip
    known = (("authorization", f"Bearer {SECRET}"),)
    return Interaction(
        Request("POST", uri, (*known, *headers), body),
        Response(200, reason, response_headers, tuple(Chunk(c, 0.5) for c in chunks), "mock", "d"),
    )


def leaks(cassette: Cassette, text: str) -> list[str]:
    """Where the secret stands yet, in one spelling or another, also over pieces."""
    found = []
    for interaction in cassette.interactions:
        asked, answer = interaction.request, interaction.response
        values = {
            "uri": asked.uri,
            "headers": repr(asked.headers + answer.headers),
            "reason": answer.reason,
            "asked": asked.body.decode("latin-1"),
            "body": answer.body.decode("latin-1"),
            "strings": all_strings(answer.body),
        }
        for where, value in values.items():
            found += [
                f"{where} ({name})"
                for name, spell in SPELLINGS.items()
                if spell(text) in value or (name.startswith("base64") and core(text) in value)
            ]
    return found


def core(text: str) -> str:
    return base64.b64encode(f'{{"k":"{text}"}}'.encode()).decode()[8:-6]


def all_strings(body: bytes) -> str:
    """The strings of all JSON documents in a body, joined path by path."""
    decoder, text, joined = json.JSONDecoder(), body.decode("latin-1"), {}

    def walk(value, path) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, (*path, key))
        elif isinstance(value, list):
            for inner in value:
                walk(inner, path)
        elif isinstance(value, str):
            joined[path] = joined.get(path, "") + value

    position = text.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(text, position)
        except ValueError:
            end = position + 1
        else:
            walk(value, ())
        position = text.find("{", end)
    return "\n".join(joined.values())


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("where", PLACES)
def test_a_planted_secret_is_not_in_the_file(tmp_path, where, spelling) -> None:
    planted = exchange(**place(where, SPELLINGS[spelling](SECRET)))
    path = tmp_path / "one.yaml"
    written = write(path, Cassette((planted,)))
    assert leaks(Cassette((planted,)), SECRET), "the test planted nothing"
    assert leaks(read(path), SECRET) == []
    text = path.read_text()
    assert [name for name, spell in SPELLINGS.items() if spell(SECRET) in text] == []
    assert read(path) == written


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abcdefghij0123456789", "sk-ant-api03-abcdefghijklmnop", "AKIAIOSFODNN7EXAMPLE",
        "AIzaSyA-abcdefghijklmnopqrstuvwxyz12345", "gsk_abcdefghij0123456789",
        "hf_abcdefghij0123456789",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF123_-", "xai-abcdefghij0123456789",
        "ghp_abcdefghij0123456789", "-----BEGIN RSA PRIVATE KEY-----",
        "ya29.a0AfB_byabcdefghijklmnop",
    ],
)  # fmt: skip
def test_a_key_is_known_by_its_shape_alone(key) -> None:
    planted = exchange(
        chunks=sse("see ", *thirds(key)), response_headers=(SSE,), body=f'{{"k":"{key}"}}'.encode()
    )
    (one,) = redacted(Cassette((planted,))).interactions
    assert key not in one.request.body.decode() + all_strings(one.response.body)


def test_a_private_key_goes_with_its_body_and_a_key_after_a_line_break_too() -> None:
    pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJB\nAKj3+/==\n-----END RSA PRIVATE KEY-----"
    text = json.dumps({"pem": pem, "after": "key:\nsk-proj-abcdefghij0123456789"})
    planted = exchange(body=text.encode())
    (one,) = redacted(Cassette((planted,))).interactions
    assert json.loads(one.request.body) == {"pem": "REDACTED", "after": "key:\nREDACTED"}


@pytest.mark.parametrize(
    "name",
    ["api_key", "apiKey", "client_secret", "password", "access_token", "private_key", "x-api-key"],
)
def test_a_body_member_with_a_telling_name_is_a_secret_everywhere(name) -> None:
    body = json.dumps({"auth": {name: "hunter2-hunter2"}}).encode()
    planted = exchange(body=body, chunks=[b'{"echo":"hunter2-hunter2"}'])
    (one,) = redacted(Cassette((planted,))).interactions
    assert b"hunter2" not in one.request.body + one.response.body


def test_what_is_no_secret_stays() -> None:
    body = json.dumps(
        {"model": "gpt-4o", "max_tokens": 100000, "messages": [{"content": "tokens and keys"}],
         "tools": [{"function": {"parameters": {"properties": {"key": {"type": "string"}}}}}]}
    ).encode()  # fmt: skip
    kept = exchange(body=body, chunks=sse("héllo ", "☃"), response_headers=(SSE,))
    (one,) = redacted(Cassette((kept,))).interactions
    assert (one.request.body, one.response) == (body, kept.response)


def test_a_secret_of_one_exchange_is_taken_out_of_the_others() -> None:
    other = Interaction(
        Request("GET", "https://h/x"), Response(200, chunks=(Chunk(SECRET.encode()),))
    )
    cleaned = redacted(Cassette((exchange(), other)))
    assert cleaned.interactions[1].response.body == b"REDACTED"


def test_pieces_keep_their_number_and_times_and_events_their_form() -> None:
    planted = exchange(**place("over events", SECRET))
    (one,) = redacted(Cassette((planted,))).interactions
    old, new = planted.response.chunks, one.response.chunks
    assert [chunk.delay for chunk in new] == [chunk.delay for chunk in old]
    texts = [
        json.loads(c.data.removeprefix(b"data: "))["choices"][0]["delta"]["content"] for c in new
    ]
    assert (texts[0], "".join(texts[1:-1]), texts[-1]) == ("Your key is ", "REDACTED", " ok?")
    assert all(c.data.endswith(b"\n\n") for c in new)


def test_frames_of_an_event_stream_keep_their_headers_and_get_true_checksums() -> None:
    planted = exchange(**place("over frames of an event stream", SECRET))
    (one,) = redacted(Cassette((planted,))).interactions
    frames, rest = split_frames(one.response.body)
    assert (len(frames), rest) == (3, b"")
    assert {headers for headers, _ in frames} == {b"\x0b:event-type\x07\x00\x05delta"}
    position = 0
    for headers, payload in frames:
        total = 16 + len(headers) + len(payload)
        frame = one.response.body[position : position + total]
        assert struct.unpack(">I", frame[8:12])[0] == zlib.crc32(frame[:8])
        assert struct.unpack(">I", frame[-4:])[0] == zlib.crc32(frame[:-4])
        position += total


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200),
    st.lists(st.integers(0, 400), max_size=8),
    st.lists(st.sampled_from(sorted(SPELLINGS)), max_size=3),
)
def test_redaction_of_any_bytes_in_any_pieces(noise, cuts, spellings) -> None:
    """Whatever stands around the secret and however it is cut: it goes, the rest stays, and the
    answer has as many pieces as before."""
    body = noise + b" ".join(SPELLINGS[s](SECRET).encode() for s in spellings) + noise
    marks = sorted({min(cut, len(body)) for cut in cuts} - {0, len(body)})
    pieces = [body[a:b] for a, b in zip([0, *marks], [*marks, len(body)], strict=True)]
    (one,) = redacted(Cassette((exchange(chunks=pieces),))).interactions
    assert len(one.response.chunks) == len(pieces)
    assert leaks(Cassette((one,)), SECRET) == []
    if not spellings:
        assert [chunk.data for chunk in one.response.chunks] == pieces
