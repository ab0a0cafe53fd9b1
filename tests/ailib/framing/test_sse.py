"""Server-sent events: every line end, every oddity that real providers send."""

# ruff: noqa: E501 - one case a line

import json

import pytest

from ailib.framing import decoder
from tests.support.feeding import read, read_every_way


def sse(**options):
    return lambda: decoder("sse", **options)


def frame(data, event=None, text=""):
    return (data, text, event, None)


DONE = ("done",)

CASES = {
    "lf": (b'data: {"a":1}\n\ndata: {"a":2}\n\n', [frame({"a": 1}), frame({"a": 2})]),
    "crlf": (b'data: {"a":1}\r\n\r\ndata: {"a":2}\r\n\r\n', [frame({"a": 1}), frame({"a": 2})]),
    "cr": (b'data: {"a":1}\r\rdata: {"a":2}\r\r', [frame({"a": 1}), frame({"a": 2})]),
    "mixed ends": (b'data: {"a":1}\r\n\ndata: {"a":2}\n\r\n', [frame({"a": 1}), frame({"a": 2})]),
    "bom": (b'\xef\xbb\xbfdata: {"a":1}\n\n', [frame({"a": 1})]),
    "bom, no line end": (b'\xef\xbb\xbfdata: {"a":1}', [frame({"a": 1})]),
    "leading blank line": (b'\ndata: {"a":1}\n\n', [frame({"a": 1})]),
    "comments": (b': WAITING\n\ndata: {"a":1}\n: ping - 12:00\n\n:\n\n', [frame({"a": 1})]),
    "comment as data": (b'data: : WAITING\n\ndata: {"a":1}\n\n', [frame({"a": 1})]),
    "empty data": (b'data:\n\ndata: \n\ndata\n\ndata: {"a":1}\n\n', [frame({"a": 1})]),
    "no space": (b'data:{"a":1}\n\n', [frame({"a": 1})]),
    "two spaces": (b'data:  {"a":1} \n\n', [frame({"a": 1})]),
    "multi-line": (b'data: {"a":\ndata: 1}\n\n', [frame({"a": 1})]),
    "multi-line text": (b"data: one\ndata: two\n\n", [frame(None, text="one\ntwo")]),
    "lines without blanks": (b'data: {"a":1}\ndata: {"a":2}\n\n', [frame({"a": 1}), frame({"a": 2})]),
    "no final blank line": (b'data: {"a":1}\n', [frame({"a": 1})]),
    "no final line end": (b'data: {"a":1}\n\ndata: [DONE]', [frame({"a": 1}), DONE]),
    "last event unended": (b'data: {"a":1}\n\ndata: {"a":2}', [frame({"a": 1}), frame({"a": 2})]),
    "done": (b'data: {"a":1}\n\ndata: [DONE]\n\n', [frame({"a": 1}), DONE]),
    "done without space": (b"data:[DONE]\n\n", [DONE]),
    "done without blank line": (b'data: {"a":1}\ndata: [DONE]\n', [frame({"a": 1}), DONE]),
    "bare done": (b'data: {"a":1}\n\n[DONE]\n', [frame({"a": 1}), DONE]),
    "event names": (
        b'event: one\ndata: {"a":1}\n\nevent:two\ndata: {"a":2}\n\ndata: {"a":3}\n\n',
        [frame({"a": 1}, "one"), frame({"a": 2}, "two"), frame({"a": 3})],
    ),
    "event after data": (b'data: {"a":1}\nevent: one\n\n', [frame({"a": 1}, "one")]),
    "event without data": (b'event: one\n\ndata: {"a":1}\n\n', [frame({"a": 1})]),
    "id, retry, status": (
        b'id: 7\nretry: 10\nevent: result\n:HTTP_STATUS/200\ndata: {"a":1}\n\n',
        [frame({"a": 1}, "result")],
    ),
    "line separators are content": (
        'data: {"a":"x\u2028y\u0085z\u2029\x7f"}\n\n'.encode(),
        [frame({"a": "x\u2028y\u0085z\u2029\x7f"})],
    ),
    "form feed in data": (b'data: {"a":"x\x0b\x0c\x1c\x1ey"}\n\n', [frame({"a": "x\x0b\x0c\x1c\x1ey"})]),
    "split code points": (
        'data: {"a":"é漢😀"}\n\n'.encode(),
        [frame({"a": "é漢😀"})],
    ),
    "surrogate pair by escapes": (b'data: {"a":"\\ud83d\\ude00"}\n\n', [frame({"a": "😀"})]),
    "lone surrogates stay": (
        b'data: {"a":"\\ud83d"}\n\ndata: {"a":"\\ude00"}\n\n',
        [frame({"a": "\ud83d"}), frame({"a": "\ude00"})],
    ),
    "bare error": (
        b'data: {"a":1}\n\n{"error":{"code":503}}\n',
        [frame({"a": 1}), frame({"error": {"code": 503}})],
    ),
    "bare error, pretty": (
        b'data: {"a":1}\n\n{\n  "error": {\n    "code": 503,\n\n    "m": "}"\n  }\n}\n',
        [frame({"a": 1}), frame({"error": {"code": 503, "m": "}"}})],
    ),
    "bare error, no line end": (b'{"error":{"code":400}}', [frame({"error": {"code": 400}})]),
    "bare array": (b'[{"error":{"code":400}}]\n', [frame([{"error": {"code": 400}}])]),
    "bare right behind data": (b'data: {"a":1}\n{"b":2}\n', [frame({"a": 1}), frame({"b": 2})]),
    "bare, broken off by data": (
        b'{"a":\ndata: {"b":2}\n\n',
        [frame(None, text='{"a":'), frame({"b": 2})],
    ),
    "bare, broken in a string": (b'{"a":"x\ndata: {"b":2}\n\n', [frame(None, text='{"a":"x'), frame({"b": 2})]),
    "concatenated": (b'data: {"a":1}{"b":2}\n\n', [frame(None, text='{"a":1}{"b":2}')]),
    "malformed": (b'data: {"a":}\n\ndata: {"b":2}\n\n', [frame(None, text='{"a":}'), frame({"b": 2})]),
    "plain text": (b"event: output\ndata: Once\n\n", [frame(None, "output", "Once")]),
    "scalars": (b'data: true\n\ndata: "x"\n\ndata: 7\n\n', [frame(True), frame("x"), frame(7)]),
    "NaN is null": (b'data: {"a":NaN,"b":-Infinity}\n\n', [frame({"a": None, "b": None})]),
    "raw tab in a string": (b'data: {"a":"x\ty"}\n\n', [frame({"a": "x\ty"})]),
    "html": (b"<!DOCTYPE html>\n<html>\n</html>\n", []),
    "nothing": (b"", []),
    "half a frame": (b'data: {"a":1}\n\ndata: {"choi', [frame({"a": 1}), ("TruncatedStreamError",)]),
    "half a string": (b'data: {"a":"{', [("TruncatedStreamError",)]),
    "half a bare value": (b'{\n "error": {', [("TruncatedStreamError",)]),
    "half a code point": (b"data: \xe6\xbc", [("TruncatedStreamError",)]),
    "invalid utf-8": (b'data: {"a":1}\n\ndata: "\xff"\n\ndata: {"b":2}\n\n', [frame({"a": 1}), ("MalformedResponseError",)]),
    "too deep": (b"data: " + b"[" * 200_000 + b"]" * 200_000 + b"\n\n", None),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name, (_, want) in CASES.items() if want is not None])
def test_a_stream_reads_the_same_however_it_arrives(name):
    data, want = CASES[name]
    assert read_every_way(sse(), data) == want


def test_nesting_beyond_the_parser_is_no_json_and_no_crash():
    data, _ = CASES["too deep"]
    [frame_] = decoder("sse").feed(data)
    assert frame_.data is None
    assert frame_.text.startswith("[[[")


def test_a_done_signal_of_the_manifest_counts_as_data_and_as_event_name():
    named = b'event: message_stop\ndata: {"type":"message_stop"}\n\ndata: {"late":1}\n\n'
    assert read_every_way(sse(done_signal="message_stop"), named) == [
        frame({"type": "message_stop"}, "message_stop"),
        DONE,
    ]
    data = b'data: {"a":1}\n\ndata: <END>\n\ndata: {"late":1}\n\n'
    assert read_every_way(sse(done_signal="<END>"), data) == [frame({"a": 1}), DONE]


def test_the_delimiter_lf_makes_each_data_line_an_event():
    data = b'event: a\ndata: one\ndata: {"n":2}\ndata: [DONE]\n'
    assert read_every_way(sse(delimiter="\n"), data) == [
        frame(None, "a", "one"),
        frame({"n": 2}, "a"),
        DONE,
    ]


def test_the_prefix_names_the_data_field():
    data = b'data: {"not":1}\n\nmsg: {"a":1}\n\n'
    assert read_every_way(sse(prefix="msg: "), data) == [frame({"a": 1})]


def test_an_empty_prefix_reads_bare_lines_and_data_lines():
    data = b'{"a":1}\ndata:{"a":2}\n\n'
    assert read_every_way(sse(prefix="", delimiter="\n"), data) == [
        frame({"a": 1}),
        frame({"a": 2}),
    ]


def test_a_frame_beyond_the_limit_is_refused_behind_the_frames_before_it():
    text = json.dumps({"a": "x" * 100}).encode()
    streams = (
        b'data: {"a":1}\n\ndata: ' + text + b"\n\n",
        b'data: {"a":1}\n\ndata: ' + text,
        b'data: {"a":1}\n\n' + b"data: xxxxxxxxx\n" * 9 + b"\n",
        b'data: {"a":1}\n\n{\n' + b'"aaaa": 1,\n' * 9 + b"}\n",
    )
    for data in streams:
        reading = read_every_way(sse(max_frame=60), data)
        assert reading == [frame({"a": 1}), ("FrameTooLargeError",)], data


def test_ten_megabytes_are_refused_and_two_are_read():
    def stream(size):
        return b'data: {"a":"' + b"x" * size + b'"}\n\n'

    [big] = decoder("sse").feed(stream(2_000_000))
    assert len(big.data["a"]) == 2_000_000
    for piece in (1 << 16, 1 << 24):
        data = stream(10_000_000)
        parts = [data[i : i + piece] for i in range(0, len(data), piece)]
        assert read(lambda: decoder("sse"), parts) == [("FrameTooLargeError",)]
