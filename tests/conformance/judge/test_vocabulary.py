"""Each key of the vocabulary, once with what is there and once with something else."""

from dataclasses import replace

import pytest

from conformance.judge import calls, invariants, judge, session, verdict
from conformance.judge.match import ABSENT
from conformance.model import Check, WireRecord
from conformance.plan.schema import schema
from tests.support.verdicts import CALL, CASE, TRANSCRIPT, expecting, with_call

ERROR = {"code": "E2001", "retryable": True, "wrapped": True, "partial": {"text": "Hello"}}
FAILED = with_call(response=None, error=ERROR, events=CALL.events[:-1])

OF_A_CALL = [
    ("outcome", "ok", TRANSCRIPT),
    ("outcome", "error", FAILED),
    ("outcome", "never returned", with_call(ended=None)),
    ("outcome", "cancelled", with_call(error={"class": "CancelledError"})),
    ("text", "Hello", TRANSCRIPT),
    ("thinking", "", TRANSCRIPT),
    ("tool_calls", [{"name": "f", "arguments": {"x": 1}}], TRANSCRIPT),
    ("finish", "tool_use", TRANSCRIPT),
    ("usage", {"input": 3}, TRANSCRIPT),
    ("raw_finish", {"$absent": True}, TRANSCRIPT),
    ("error", {"code": "E2001"}, FAILED),
    ("partial", {"text": "Hello"}, FAILED),
    ("elapsed", 2, TRANSCRIPT),
    ("first_event", 1, TRANSCRIPT),
    (
        "events",
        [
            {"text": "Hello"},
            {"tool": "f"},
            {"arguments": '{"x":1}'},
            {"tool_end": True},
            {"end": "tool_use"},
        ],
        TRANSCRIPT,
    ),
    ("stats", {"$absent": True}, TRANSCRIPT),
]

OF_THE_CASE = [
    ("requests", 1),
    ("request", [{"n": 0, "method": "POST", "body": {"/messages/-1/role": "user"}}]),
    ("request", [{"n": 0, "headers": {"authorization": {"$matches": "^Bearer "}}}]),
    ("request", [{"n": 0, "body": {"/messages/1": {"$absent": True}, "/model": "gpt-4o"}}]),
    ("delays", []),
    ("hinted_delays", []),
    ("arrivals", [0]),
    ("elapsed", 2),
    ("connections", 1),
    ("dropped", []),
]


def own(checks):
    return [check for check in checks if not check.id.startswith("always.")]


@pytest.mark.parametrize(("key", "value", "transcript"), OF_A_CALL)
def test_what_is_there_passes_and_anything_else_fails(key, value, transcript):
    good = own(judge(expecting({key: value}), transcript))
    assert good
    assert all(check.passed for check in good)
    bad = own(judge(expecting({key: {"$not": value}}), transcript))
    assert not all(check.passed for check in bad)


@pytest.mark.parametrize(("key", "value"), OF_THE_CASE)
def test_what_the_server_saw_is_compared(key, value):
    checks = own(judge(expecting(**{key: value}), TRANSCRIPT))
    assert checks
    assert all(check.passed for check in checks)


def test_the_name_of_a_check_leads_to_the_field():
    (check,) = own(judge(expecting({"usage": {"output": 5}}), TRANSCRIPT))
    assert check == Check("calls[0].usage.output", passed=False, expected=5, found=4)


def test_a_request_that_was_not_made_fails_its_assertions():
    (check,) = own(judge(expecting(request=[{"n": 1, "method": "POST"}]), TRANSCRIPT))
    assert check == Check("request[1]", passed=False, expected="a request", found=ABSENT)


def test_delays_are_the_gaps_between_requests():
    requests = tuple(replace(TRANSCRIPT.requests[0], at=at) for at in (0, 1, 3.5))
    checks = own(judge(expecting(delays=[1, 2.5]), replace(TRANSCRIPT, requests=requests)))
    assert [check.passed for check in checks] == [True]


def test_dropped_are_the_moments_the_client_left():
    wire = (*TRANSCRIPT.wire, WireRecord(7.5, 1, "dropped"))
    (check,) = own(judge(expecting(dropped=[7.5]), replace(TRANSCRIPT, wire=wire)))
    assert check.passed


@pytest.mark.parametrize(
    ("bodies", "same"),
    [(({"a": 1}, {"a": 1}), True), (({"a": 1}, {"a": 2}), False), (({},), False)],
)
def test_requests_alike_are_at_least_two_and_equal(bodies, same):
    requests = tuple(replace(TRANSCRIPT.requests[0], body=body) for body in bodies)
    (check,) = own(judge(expecting(same_requests=True), replace(TRANSCRIPT, requests=requests)))
    assert check.passed is same


def test_schema_and_judge_have_the_same_vocabulary():
    definitions = schema("scenario")["$defs"]
    assert set(definitions["call_expect"]["properties"]) == set(calls.FOUND)
    assert set(definitions["expect"]["properties"]) == set(session.KEYS)


def test_trouble_is_an_error_and_no_verdict():
    result = verdict(CASE, replace(TRANSCRIPT, trouble="the adapter broke"))
    assert (result.status, result.reason, result.checks) == ("error", "the adapter broke", ())


def test_every_case_is_checked_for_every_invariant():
    assert [check.id for check in judge(CASE, TRANSCRIPT)] == list(invariants.ALWAYS)
