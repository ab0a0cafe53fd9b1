"""The suite's own check, its parts, and that it notices a suite that has gone blind."""

from dataclasses import replace

import pytest

from conformance.adapters import ailib
from conformance.adapters.nulls import NULLS
from conformance.adapters.vices import NO_VICE, VICES
from conformance.judge import verdict
from conformance.model import Case
from conformance.plan import bundled
from conformance.run import run_case
from conformance.selfcheck import caught, families
from conformance.selfcheck.perturb import perturbed

CASES = {case.name: case for scenario in bundled().scenarios for case in scenario.cases}
SAMPLE = sorted(VICES)[::9]


def test_there_are_enough_vices_and_each_cites_a_clause():
    table = caught()
    assert len(table) >= 60
    assert {row["clause"] for row in table.values()} <= set(bundled().clauses)


@pytest.mark.parametrize("name", SAMPLE)
def test_a_vice_is_caught_by_its_checks_and_no_other(name):
    table = {name: caught()[name]}
    for case, checks in table[name]["fails"].items():
        failed = [check.id for check in run_case(CASES[case], VICES[name]).failed]
        assert failed == checks
        assert run_case(CASES[case], NO_VICE).status == "pass"


def test_no_null_client_passes_a_sample():
    cases = list(families.one_each(bundled()))[::12]
    for name, adapter in NULLS.items():
        assert [case.name for case in cases if run_case(case, adapter).status == "pass"] == [], name


def test_every_leaf_is_changed_once():
    case = Case(
        id="a.b",
        title="",
        calls=({"prompt": "x", "expect": {"text": "t", "error": {"retryable": True}}},),
        expect={
            "requests": 1,
            "delays": [1.5, {"$between": [1, 2]}],
            "request": [{"n": 0, "at": 0}],
        },
    )
    changed = {
        place: (changed.calls[0]["expect"], changed.expect) for place, changed in perturbed(case)
    }
    assert list(changed) == [
        "calls[0].text",
        "calls[0].error.retryable",
        "expect.requests",
        "expect.delays[0]",
        "expect.delays[1]",
        "expect.request[0].at",
    ]
    assert changed["calls[0].text"][0]["text"] == "t?"
    assert changed["calls[0].error.retryable"][0]["error"]["retryable"] is False
    assert changed["expect.delays[1]"][1]["delays"] == [1.5, {"$not": {"$between": [1, 2]}}]


def test_an_expectation_that_is_not_looked_at_is_found(monkeypatch):
    result = run_case(CASES["chat.text[dialect=openai]"], ailib)
    assert all(finding.held for finding in families.expectations([result]))

    def blind(case, transcript):
        checked = verdict(case, transcript)
        kept = tuple(check for check in checked.checks if not check.id.endswith(".text"))
        failed = any(not check.passed for check in kept)
        return replace(checked, checks=kept, status="fail" if failed else "pass")

    monkeypatch.setattr(families, "verdict", blind)
    lost = [f.subject for f in families.expectations([result]) if not f.held]
    assert lost == ["chat.text calls[0].text"]


def test_a_vice_that_nothing_catches_is_found(monkeypatch):
    monkeypatch.setattr(families, "caught", lambda: {"idle": {"clause": "CHAT-1", "fails": {}}})
    (finding,) = families.vices(CASES, {"idle": NO_VICE})
    assert (finding.held, finding.told) == (False, "nothing catches it")
