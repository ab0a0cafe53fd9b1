"""A worker in its own process gives what one in this process gives; a broken one no verdict."""

import sys
from pathlib import Path

import pytest

from conformance.adapters import ailib
from conformance.errors import HarnessError
from conformance.model import Case
from conformance.plan import bundled
from conformance.run import run_case, run_elsewhere
from conformance.worker import Elsewhere
from conformance.worker.protocol import checked

PYTHON = Path(sys.executable)
CASES = [
    case
    for scenario in bundled().scenarios
    for case in scenario.cases
    if case.name in {"stream.text[dialect=openai,chunking=events]", "errors.in-stream.malformed"}
]


def test_a_worker_elsewhere_gives_the_same_transcript():
    with Elsewhere("ailib", PYTHON) as worker:
        assert (worker.info.client, worker.info.says) == ("ailib", None)
        for case in CASES:
            there, here = run_elsewhere(case, worker), run_case(case, ailib)
            assert there.status == here.status == "pass"
            assert there.transcript.to_json()["wire"] == here.transcript.to_json()["wire"]
            assert len(there.checks) == len(here.checks)


@pytest.mark.parametrize(
    ("adapter", "python", "told"),
    [
        ("nobody", PYTHON, "unknown client 'nobody'"),
        ("ailib", Path("/nonexistent/python"), "cannot be started"),
        ("ailib", Path("/bin/false"), "the worker ended with code 1"),
    ],
)
def test_a_worker_that_does_not_start_is_a_harness_error(adapter, python, told):
    with pytest.raises(HarnessError, match=told):
        Elsewhere(adapter, python)


def test_lines_that_are_no_messages_are_refused():
    with pytest.raises(HarnessError, match="not a message of the worker protocol"):
        checked({"say": "done", "seq": "one"})


def test_a_client_is_judged_on_what_it_has_words_for():
    case = Case(
        id="a.b",
        title="",
        calls=(
            {
                "expect": {
                    "text": "t",
                    "finish": "end_turn",
                    "error": {"code": "E1001", "hint": "h"},
                    "tool_calls": [{"name": "f", "complete": True}],
                }
            },
        ),
        expect={"requests": 1, "delays": [1]},
    )
    words = frozenset({"text", "error.code", "tool_calls.name", "requests"})
    assert case.within(words).calls[0]["expect"] == {
        "text": "t",
        "error": {"code": "E1001"},
        "tool_calls": [{"name": "f"}],
    }
    assert case.within(words).expect == {"requests": 1}
    assert case.within(None) is case
