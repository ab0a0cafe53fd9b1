"""Amazon's event stream: records, both checksums, exceptions, wrapped chunks."""

import base64
import json

import pytest

from ailib.framing import decoder
from tests.support.eventstream import event, exception, record
from tests.support.feeding import read_every_way


def make():
    return decoder("eventstream", max_frame=100_000)


def test_events_keep_their_names():
    data = event("messageStart", {"role": "assistant"}) + event("messageStop", {"stopReason": "x"})
    assert read_every_way(make, data) == [
        ({"role": "assistant"}, "", "messageStart", None),
        ({"stopReason": "x"}, "", "messageStop", None),
    ]


def test_an_exception_and_an_error_are_told_apart_from_events():
    data = exception("throttlingException", {"message": "slow down"}) + record(
        b"", message_type="error", error_code="InternalError", error_message="lost"
    )
    assert read_every_way(make, data) == [
        ({"message": "slow down"}, "", None, "throttlingException"),
        ({"message": "lost"}, "", None, "InternalError"),
    ]


def test_a_wrapped_chunk_is_the_event_inside():
    inner = {"type": "message_start", "message": {}}
    wrapped = {"bytes": base64.b64encode(json.dumps(inner).encode()).decode(), "p": "abcdef"}
    assert read_every_way(make, event("chunk", wrapped)) == [(inner, "", None, None)]
    broken = event("chunk", {"bytes": "???"})
    assert read_every_way(make, broken) == [("MalformedResponseError",)]


@pytest.mark.parametrize("position", [0, 9, 20, -6, -1])
def test_a_flipped_bit_anywhere_is_an_error_behind_the_frames_before_it(position):
    good, bad = event("a", {"n": 1}), bytearray(event("b", {"n": 2}))
    bad[position] ^= 1
    assert read_every_way(make, good + bytes(bad)) == [
        ({"n": 1}, "", "a", None),
        ("MalformedResponseError",),
    ]


@pytest.mark.parametrize("cut", [1, 11, 12, 40, -1])
def test_a_record_cut_off_is_an_error(cut):
    good, bad = event("a", {"n": 1}), event("b", {"n": 2})
    assert read_every_way(make, good + bad[:cut]) == [
        ({"n": 1}, "", "a", None),
        ("TruncatedStreamError",),
    ]


def test_a_record_beyond_the_limit_is_refused_before_it_is_gathered():
    large = event("a", {"n": "x" * 200_000})
    with pytest.raises(Exception, match="larger than 100000 bytes"):
        make().feed(large[:12])


def test_a_page_of_html_is_no_event_stream():
    page = b"<html><body>Bad gateway</body></html>"
    assert read_every_way(make, page) == [("MalformedResponseError",)]
