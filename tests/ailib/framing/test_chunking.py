"""Any cutting of any bytes gives the same frames, and costs no more than linear time."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ailib.framing import FORMATS, decoder
from tests.support.eventstream import event
from tests.support.feeding import pieces, read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
OBJECT = st.dictionaries(st.text(max_size=4), JSON, max_size=3)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def text_of(value, ascii_only, indent):
    return json.dumps(value, ensure_ascii=ascii_only, indent=indent)


VALUES = st.builds(text_of, OBJECT, st.booleans(), st.sampled_from([None, None, 1]))
LINE = st.one_of(
    VALUES.map(lambda text: "data: " + text),
    VALUES.map(lambda text: "data:" + text),
    VALUES,
    st.sampled_from(
        ["", "", "", ": ping", "event: a", "event:", "id: 1", "retry: 5", "data", "data: : x"]
    ),
    st.sampled_from(["data: [DONE]", "data: {", "{", "}", "[", "]", '"', "data: 😀", "\\", "x,"]),
)
LINES = st.lists(st.tuples(LINE, ENDS), max_size=12).map(lambda ls: "".join(a + b for a, b in ls))
ARRAY = st.lists(VALUES, max_size=5).map(lambda items: "[" + " ,\n".join(items) + "]")
RECORDS = st.lists(st.tuples(st.text(max_size=5), OBJECT), max_size=4).map(
    lambda items: b"".join(event(name, value) for name, value in items)
)
BODY = st.one_of(
    LINES.map(lambda text: text.encode("utf-8", "surrogatepass")),
    ARRAY.map(lambda text: text.encode("utf-8", "surrogatepass")),
    RECORDS,
    st.binary(max_size=60),
)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=150, deadline=None)
@given(
    body=st.lists(BODY, min_size=1, max_size=2).map(b"".join),
    bom=st.booleans(),
    cut=st.integers(0, 12),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_the_frames_do_not_depend_on_the_cuts(name, body, bom, cut, cuts):
    data = (b"\xef\xbb\xbf" if bom else b"") + body
    data = data[: len(data) - cut] if cut < len(data) else data

    def make():
        return decoder(name, max_frame=300)

    whole = read(make, [data])
    assert read(make, [data[i : i + 1] for i in range(len(data))]) == whole
    assert read(make, pieces(data, cuts)) == whole


@settings(max_examples=100, deadline=None)
@given(st.lists(OBJECT, max_size=6), st.booleans(), ENDS)
def test_what_was_sent_as_events_comes_out(values, ascii_only, end):
    texts = [json.dumps(v, ensure_ascii=ascii_only) for v in values]
    sse = "".join(f"data: {text}{end}{end}" for text in texts).encode()
    assert [f[0] for f in read(lambda: decoder("sse"), [sse])] == values
    lines = "".join(text + end for text in texts).encode()
    assert [f[0] for f in read(lambda: decoder("ndjson"), [lines])] == values
    array = ("[" + ("," + end).join(texts) + "]").encode()
    assert [f[0] for f in read(lambda: decoder("json_array"), [array])] == values


@pytest.mark.parametrize("name", ["sse", "ndjson", "json_array", "json", "eventstream"])
def test_one_byte_at_a_time_costs_linear_time(name):
    def cost(size):
        value = {"a": "x" * size, "b": ["\\" * 10] * (size // 100)}
        text = json.dumps(value).encode()
        data = {"sse": b"data: " + text + b"\n\n", "eventstream": event("a", value)}.get(name, text)
        one = decoder(name, max_frame=10**8)
        started = time.process_time()
        for i in range(len(data)):
            one.feed(data[i : i + 1])
        one.close()
        return (time.process_time() - started) / len(data)

    small = min(cost(10_000) for _ in range(3))
    assert cost(160_000) < 4 * small
