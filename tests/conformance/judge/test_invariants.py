"""Each invariant holds on the good transcript and breaks, alone, on the one with its vice."""

from dataclasses import replace

import pytest

from conformance.judge import judge
from conformance.model import Event
from tests.support.verdicts import CALL, CASE, REQUEST, TOOL, TRANSCRIPT, with_call, with_request

LATE = replace(REQUEST, at=9.0, reply=0)
ERROR = {"code": "E3001", "wrapped": True, "partial": None}

BREACHES = [
    ("always.every-call-returns", with_call(ended=None)),
    ("always.every-call-returns", replace(TRANSCRIPT, calls=())),
    ("always.every-call-returns", with_call(response=None, events=())),
    ("always.one-terminal-event", with_call(events=(*CALL.events, CALL.events[-1]))),
    ("always.one-terminal-event", with_call(events=CALL.events[:-1])),
    (
        "always.one-terminal-event",
        with_call(events=(*CALL.events, Event(2.0, "metadata", {"model": "m"}))),
    ),
    ("always.one-terminal-event", with_call(error=ERROR)),
    ("always.deltas-add-up", with_call(events=CALL.events[1:])),
    (
        "always.deltas-add-up",
        with_call(
            response=None,
            error={**ERROR, "partial": {"text": "He", "thinking": ""}},
            events=CALL.events[:1],
        ),
    ),
    (
        "always.fragments-add-up",
        with_call(response={**CALL.response, "tool_calls": [{**TOOL, "arguments": {"x": 2}}]}),
    ),
    ("always.fragments-add-up", with_call(response={**CALL.response, "tool_calls": []})),
    (
        "always.fragments-add-up",
        with_call(
            events=(*CALL.events[:3], Event(1.6, "tool_start", {"id": "a"}), *CALL.events[3:])
        ),
    ),
    (
        "always.nothing-after-the-end",
        with_call(events=(*CALL.events[:-1], Event(3.0, "end", {"finish": "tool_use"})), ended=2.5),
    ),
    ("always.nothing-after-the-end", with_request(at=9.0)),
    (
        "always.errors-are-the-clients-own",
        with_call(response=None, error={**ERROR, "wrapped": False}, events=()),
    ),
    ("always.secret-only-in-its-header", with_request(query="key={{secret}}")),
    ("always.secret-only-in-its-header", with_request(path="/{{secret}}")),
    ("always.secret-only-in-its-header", with_request(body={"user": "{{secret}}"})),
    ("always.secret-only-in-its-header", with_request(headers={"user-agent": "{{secret}}"})),
    ("always.secret-only-in-its-header", replace(TRANSCRIPT, log=("sent {{secret}}",))),
    (
        "always.secret-only-in-its-header",
        with_call(response=None, error={**ERROR, "message": "bad key {{secret}}"}, events=()),
    ),
    ("always.requests-as-scripted", with_request(reply=None)),
    ("always.requests-as-scripted", replace(TRANSCRIPT, requests=())),
    ("always.nothing-left-open", replace(TRANSCRIPT, left_open=("connection 0",))),
]


def failed(transcript):
    return [check.id for check in judge(CASE, transcript) if not check.passed]


def test_a_good_transcript_breaks_none():
    assert failed(TRANSCRIPT) == []


@pytest.mark.parametrize(("name", "transcript"), BREACHES, ids=lambda v: str(v)[:40])
def test_one_vice_breaks_its_invariant_alone(name, transcript):
    assert failed(transcript) == [name]


def test_a_reader_who_left_owes_no_terminal_event():
    assert failed(with_call(response={"left": True}, events=CALL.events[:2])) == []
