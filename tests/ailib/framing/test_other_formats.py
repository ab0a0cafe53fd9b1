"""NDJSON, JSON array, whole body and the names of formats."""

# ruff: noqa: E501 - one case a line

import pytest

from ailib.errors import ProtocolError
from ailib.framing import ALIASES, FORMATS, decoder
from tests.support.feeding import read_every_way


def frame(data, text=""):
    return (data, text, None, None)


CUT = ("TruncatedStreamError",)
BAD = ("MalformedResponseError",)
BIG = ("FrameTooLargeError",)

CASES = [
    # NDJSON
    ("ndjson", b'{"a":1}\n{"a":2}\n', [frame({"a": 1}), frame({"a": 2})]),
    ("ndjson", b'{"a":1}\r\n\r\n{"a":2}', [frame({"a": 1}), frame({"a": 2})]),
    ("ndjson", b'\xef\xbb\xbf\n {"a":1} \n', [frame({"a": 1})]),
    ("ndjson", '{"a":"\u2028漢"}\n'.encode(), [frame({"a": "\u2028漢"})]),
    ("ndjson", b'{\n "error": "x"\n}\n{"a":1}\n', [frame({"error": "x"}), frame({"a": 1})]),
    ("ndjson", b'oops\n{"a":1}\n', [frame(None, "oops"), frame({"a": 1})]),
    ("ndjson", b'{"a":"x\n{"b":1}\n', [frame(None, '{"a":"x'), frame({"b": 1})]),
    ("ndjson", b'{"a":1}{"b":2}\n', [frame(None, '{"a":1}{"b":2}')]),
    ("ndjson", b'{"a":1}\n{"b":', [frame({"a": 1}), CUT]),
    ("ndjson", b'{"a":1}\n{"b":"\xe6', [frame({"a": 1}), CUT]),
    ("ndjson", b'{"a":1}\n"\xff"\n', [frame({"a": 1}), BAD]),
    ("ndjson", b"", []),
    ("ndjson", b'{"a":1}\n' + b"[" + b"1," * 60, [frame({"a": 1}), BIG]),
    # A JSON array, element by element
    ("json_array", b'[{"a":1}\n,\r\n{"a":{"b":[1,2]}}\n]', [frame({"a": 1}), frame({"a": {"b": [1, 2]}})]),
    ("json_array", b'[{"a":"]},{\\"\\\\"},{"b":"\\\\"}]', [frame({"a": ']},{"\\'}), frame({"b": "\\"})]),
    ("json_array", b'\xef\xbb\xbf [ {"a":1} ] \n', [frame({"a": 1})]),
    ("json_array", b'{"error":{"code":400}}', [frame({"error": {"code": 400}})]),
    ("json_array", b'[{"error":{"code":400}}]', [frame({"error": {"code": 400}})]),
    ("json_array", b"[1, null ,{}]", [frame(1), frame(None), frame({})]),
    ("json_array", b'[{"a":1},{"b":}]', [frame({"a": 1}), frame(None, '{"b":}')]),
    ("json_array", b'[{"a":1},{"b', [frame({"a": 1}), CUT]),
    ("json_array", b'[{"a":1},', [frame({"a": 1})]),
    ("json_array", b"[]", []),
    ("json_array", b"", []),
    ("json_array", b"\xef\xbb", [CUT]),
    ("json_array", b'[{"a":1},{"b":"' + b"x" * 100 + b'"}]', [frame({"a": 1}), BIG]),
    ("json_array", '[{"a":"漢😀"}]'.encode(), [frame({"a": "漢😀"})]),
    ("json_array", b'[{"a":1},{"b":"\xff"}]', [frame({"a": 1}), BAD]),
    # A whole body
    ("json", b'\n\n \n{"a":1}\n', [frame({"a": 1})]),
    ("json", b'\xef\xbb\xbf{"a":1}', [frame({"a": 1})]),
    ("json", b"[1,2]", [frame([1, 2])]),
    ("json", b"<html>", [frame(None, "<html>")]),
    ("json", b'{"a":1}{"b":2}', [frame(None, '{"a":1}{"b":2}')]),
    ("json", b'{"a":', [CUT]),
    ("json", b'{"a":"\xe6', [CUT]),
    ("json", b'{"a":"\xff"}', [BAD]),
    ("json", b"\n \n", []),
    ("json", b"", []),
    ("json", b'"' + b"x" * 100 + b'"', [BIG]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "want"), CASES)
def test_bytes_read_the_same_however_they_arrive(name, data, want):
    assert read_every_way(lambda: decoder(name, max_frame=90), data) == want


def test_ndjson_ends_at_its_done_line():
    data = b'{"a":1}\n<END>\n{"late":1}\n'
    reading = read_every_way(lambda: decoder("ndjson", done_signal="<END>"), data)
    assert reading == [frame({"a": 1}), ("done",)]


def test_a_json_element_comes_as_soon_as_it_is_whole():
    one = decoder("json_array")
    assert [f.data for f in one.feed(b'[{"a":1}')] == [{"a": 1}]
    assert one.feed(b"\n,") == []


def test_every_alias_is_a_format():
    assert {decoder(alias).__class__ for alias in ALIASES} <= {
        decoder(name).__class__ for name in FORMATS
    }
    assert len({decoder(name).__class__ for name in FORMATS}) == len(FORMATS)


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(ProtocolError, match=r"unknown stream format 'xml'.*known: sse, ndjson"):
        decoder("xml")
    with pytest.raises(ProtocolError, match="not made of line ends"):
        decoder("sse", delimiter="|")
