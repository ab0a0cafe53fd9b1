"""The acceptance rules themselves: what they let pass, and what they catch."""

import pytest

from tests.traffic.accept import Error, Reading, misses

EXPECTED = {
    "text": "Hello there",
    "text_parts": 1,
    "text_alt": [],
    "reasoning": "first\nsecond",
    "reasoning_alt": [],
    "tool_calls": [{"name": "f", "arguments": {"x": 1}}],
    "finish": "tool_calls",
    "finish_accept": ["tool_calls"],
    "usage": {"input": 5, "output": 2},
    "usage_accept": {"input": [5, 9], "output": [2]},
    "error": None,
}
RIGHT = Reading(
    text="Hello there",
    reasoning="firstsecond",
    tool_calls=[("f", '{"x": 1}')],
    finish="tool_use",
    raw_finish="tool_calls",
    usage=(9, 2),
)
FAILED = {
    **EXPECTED,
    "error": {"status": 400, "code": "bad", "message": "Bad key", "inband": False},
}


def changed(**values):
    return Reading(**{**{f: getattr(RIGHT, f) for f in Reading.__dataclass_fields__}, **values})


def expecting(**values):
    return {**EXPECTED, **values}


@pytest.mark.parametrize(
    ("expected", "reading"),
    [
        (EXPECTED, RIGHT),
        (expecting(text_parts=2, text="Hello  there"), RIGHT),
        (expecting(text="Hi", text_alt=["Hello there"]), RIGHT),
        (
            expecting(text="<think>first second</think>\n\nHello there", reasoning=""),
            RIGHT,
        ),
        (expecting(tool_calls=[{"name": "f", "arguments": None}]), changed(tool_calls=[("f", "")])),
        (
            expecting(finish=None, finish_accept=[], usage_accept={"input": [], "output": []}),
            changed(finish=None, raw_finish=None, usage=None),
        ),
        (FAILED, Reading(error=Error(401, ("bad", "x"), "Bad key.", "RemoteError"))),
        (None, Reading(error=Error(None, (), "cut off", "TruncatedStreamError"))),
    ],
)
def test_right_readings_pass(expected, reading):
    assert misses(expected, reading) == []


@pytest.mark.parametrize(
    ("expected", "reading", "miss"),
    [
        (EXPECTED, changed(text="Hello  there"), "text"),
        (EXPECTED, changed(reasoning="first"), "reasoning"),
        (EXPECTED, changed(tool_calls=[]), "tool calls"),
        (EXPECTED, changed(tool_calls=[("f", '{"x": 2}')]), "tool calls"),
        (EXPECTED, changed(tool_calls=[("f", '{"x":')]), "tool calls"),
        (EXPECTED, changed(finish="end_turn"), "finish"),
        (EXPECTED, changed(finish=None), "finish"),
        (EXPECTED, changed(finish="other", raw_finish="stop"), "finish"),
        (EXPECTED, changed(usage=(6, 2)), "input tokens"),
        (EXPECTED, changed(usage=None), "input tokens"),
        (expecting(usage_accept={"input": [], "output": []}), RIGHT, "input tokens"),
        (expecting(finish_accept=[]), RIGHT, "finish"),
        (EXPECTED, Reading(error=Error(400, ("x",), "no", "RemoteError")), "raised RemoteError"),
        (FAILED, RIGHT, "nothing raised"),
        (FAILED, Reading(error=Error(500, ("bad",), "Bad key", "RemoteError")), "error status"),
        (FAILED, Reading(error=Error(400, ("worse",), "Bad key", "RemoteError")), "error code"),
        (FAILED, Reading(error=Error(400, ("bad",), "Bad", "RemoteError")), "error message"),
        (None, Reading(crash="KeyError('choices')"), "crash"),
    ],
)
def test_wrong_readings_are_named(expected, reading, miss):
    found = misses(expected, reading)
    assert found
    assert found[0].startswith(miss)
