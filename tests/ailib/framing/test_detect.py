"""What a body is, whatever its content type says."""

import pytest

from ailib.framing import detect

SSE = "text/event-stream; charset=utf-8"
JSON = "application/json; charset=UTF-8"
NDJSON = "application/x-ndjson"


@pytest.mark.parametrize(
    ("content_type", "first", "want"),
    [
        (SSE, b'data: {"a":1}', "sse"),
        (SSE, b": ping\n\n", "sse"),
        (SSE, b"event: message_start\n", "sse"),
        (SSE, b'{"error":{"code":400}}', "json"),
        (SSE, b'{"message":{}}\n{"message":{}}\n', "ndjson"),
        (SSE, b"<!DOCTYPE html>", "html"),
        (SSE, b"upstream failed", "sse"),
        (JSON, b'\n\n{"a":1}', "json"),
        (JSON, b'\xef\xbb\xbf{"a":1}', "json"),
        (JSON, b'data: {"a":1}\n\n', "sse"),
        (JSON, b'[{"candidates":[]}\n,', "json_array"),
        (JSON, b"<html>", "html"),
        (NDJSON, b'{"a":1}', "ndjson"),
        ("application/octet-stream", b'{"error":{}}', "json"),
        ("application/vnd.amazon.eventstream", b"\x00\x00\x00\x9f", "eventstream"),
        ("text/html", b"Bad gateway", "text"),
        (None, b"Not Found", "text"),
        (None, b"data:", "sse"),
        (None, b"dat", None),
        (JSON, b"", None),
        (JSON, b"\r\n \n", None),
    ],
)
def test_the_first_bytes_decide_before_the_label(content_type, first, want):
    assert detect(content_type, first) == want
