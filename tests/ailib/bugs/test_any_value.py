"""No value in no place of an answer is more than an error of this library.

Recordings nobody here has seen will have null for an object, a list for a text, a number for a
name: each fixture's frames with one value exchanged, and with bytes lost, must be read or refused.
"""

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from ailib.errors import AiLibError
from ailib.framing import decoder
from ailib.types import ChatResponse
from tests.support import eventstream
from tests.support.cases import Case, cases
from tests.support.reading import api_of, read

ODD = [
    None, True, 0, -1, 1.5, 10**30, "", "x", "\ud83d", "{", [], [[]], [None], ["x"], [{}], {},
    {"": None}, {"text": 7}, {"index": []}, [{"index": {}}], {"a": {"b": []}},
]  # fmt: skip
JSON_CASES = [case for case in cases() if not case.reset and len(case.body) < 10_000]
FORMATS = {"text/event-stream": "sse", "application/x-ndjson": "ndjson", "application/json": "json"}


def values_of(case: Case):
    """The JSON values of a case's frames."""
    name = FORMATS.get(case.headers["content-type"], "eventstream")
    one = decoder(name)
    try:
        frames = [*one.feed(case.body), *one.close()]
    except AiLibError:
        return []
    return [(frame.event, frame.data) for frame in frames if isinstance(frame.data, dict | list)]


def places(value, path=()):
    """All paths into a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def changed(value, path, other):
    if not path:
        return other
    made = copy.deepcopy(value)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = other
    return made


def encoded(case: Case, frames):
    kind = case.headers["content-type"]
    if kind == "application/vnd.amazon.eventstream":
        return b"".join(eventstream.event(event or "x", value) for event, value in frames)
    if kind == "text/event-stream":
        return b"".join(
            (f"event: {event}\n" if event else "").encode() + b"data: " + text(value) + b"\n\n"
            for event, value in frames
        )
    return b"\n".join(text(value) for _, value in frames)


def text(value):
    return json.dumps(value).encode()


def read_or_refused(case: Case, body: bytes):
    out = read(
        api_of(case.provider, case.api), case.status, case.headers, [body], stream=case.stream
    )
    assert isinstance(out.response, ChatResponse)
    assert out.error is None or isinstance(out.error, AiLibError)
    repr(out.response)
    out.response.to_message()


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(JSON_CASES), st.sampled_from(ODD), st.data())
def test_any_value_in_any_place_is_read_or_refused(case, odd, data):
    frames = values_of(case)
    if not frames:
        return
    number = data.draw(st.integers(0, len(frames) - 1))
    event, value = frames[number]
    path = data.draw(st.sampled_from(list(places(value))))
    frames[number] = (event, changed(value, path, odd))
    read_or_refused(case, encoded(case, frames))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(JSON_CASES), st.integers(0, 2000), st.integers(0, 40), st.binary(max_size=4))
def test_any_lost_or_foreign_bytes_are_read_or_refused(case, start, length, foreign):
    start = min(start, len(case.body))
    read_or_refused(case, case.body[:start] + foreign + case.body[start + length :])
