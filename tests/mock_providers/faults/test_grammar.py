"""The grammar: what texts mean, and what is said about texts that mean nothing."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_providers.faults import CATALOGUE, Fault, FaultSyntaxError, parse
from mock_providers.faults.grammar import joined

ERROR = {p.name: p.default for p in CATALOGUE["error"].params}
TRUNCATE = {p.name: p.default for p in CATALOGUE["truncate"].params}


def error(text: str, probability: float = 1.0, **args) -> Fault:
    return Fault("error", ERROR | args, probability, text)


def test_the_issue_s_own_example() -> None:
    plan = parse("429;retry_after=2, reset(after=3), ok")
    assert plan.steps == (
        (error("429;retry_after=2", error="429", retry_after="2"),),
        (Fault("reset", {"after": 3, "bytes": None}, 1.0, "reset(after=3)"),),
        (),
    )
    assert plan.counts


@pytest.mark.parametrize("text", ["", "   ", "ok", "ok, ok"])
def test_no_fault(text) -> None:
    assert not parse(text)


@pytest.mark.parametrize(
    "text",
    ["truncate(after=3,mode=fin)", "truncate;after=3;mode=fin", "truncate-3-fin",
     "truncate(3,fin)", "truncate( 3 , mode = fin )", 'truncate(3,"fin")'],
)  # fmt: skip
def test_arguments_have_several_spellings(text) -> None:
    assert parse(text).steps[0][0].args == TRUNCATE | {"after": 3, "mode": "fin"}


def test_faults_join_repeat_and_are_labelled() -> None:
    plan = parse("overloaded@0.25 + drip(bytes=2) * 2, ok ~run-7")
    drip = Fault("drip", {"bytes": 2, "every": 0.0}, 1.0, "drip(bytes=2)")
    step = (error("overloaded@0.25", 0.25, error="overloaded"), drip)
    assert (plan.steps, plan.label) == ((step, step, ()), "run-7")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30), ("1.5s", 1.5), ("200ms", 0.2), ("2m", 120), ("inf", math.inf), (".5", 0.5)],
)
def test_durations(text, seconds) -> None:
    assert parse(f"stall(for={text})").steps[0][0]["for"] == seconds


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("trucate(after=3)", 9, "'trucate' has no argument 'after'; it has: retry_after"),
        ("trunkate", 1, "unknown fault 'trunkate'; did you mean 'truncate'?"),
        ("truncate(afer=3)", 10, "'truncate' has no argument 'afer'; it has: after, mode"),
        ("truncate(after=3", 17, "expected ',' or ')'"),
        ("truncate(after=x)", 16, "after=x: expected a whole number, 0 or more"),
        ("truncate(after=-1)", 16, "after=-1: expected a whole number, 0 or more"),
        ("truncate(mode=odd)", 15, "mode=odd: expected one of clean, fin, rst"),
        ("truncate(after=1,after=2)", 18, "argument 'after' twice"),
        ("truncate(1,fin,2,clean,5)", 24, "'truncate' takes no further argument"),
        ("stall(for=soon)", 11, "for=soon: expected a duration"),
        ("200", 1, "status 200 is no error; errors are 400 to 599"),
        ("429@2", 5, "expected a probability from 0 to 1 after '@'"),
        ("429@", 5, "expected a probability from 0 to 1 after '@'"),
        ("429,", 5, "expected a fault"),
        ("429 500", 5, "expected ',', '+', '@', '*', '~' or the end, found '5'"),
        ("429+500", 8, "two refusals in one step"),
        ("429*0", 6, "expected a number of attempts from 1 to 1000 after '*'"),
        ("ok~", 4, "expected a label"),
        ("error", 1, "`error` needs a status or a name"),
        ("ok(1)", 4, "'ok' takes no further argument"),
        ("(", 1, "expected a fault, found '('"),
        ("429;retry_after=", 17, "expected a value for 'retry_after'"),
        ("429;should_retry=maybe", 18, "should_retry=maybe: expected true or false"),
        ("latency(tps=nan)", 13, "tps=nan: expected a number"),
        ("x" * 20_001, 20_001, "longer than 20000 characters"),
    ],
)
def test_bad_text_is_told_what_is_wrong_and_where(text, column, says) -> None:
    with pytest.raises(FaultSyntaxError) as caught:
        parse(text)
    assert says in str(caught.value)
    assert caught.value.column == column
    assert f"at column {column}" in str(caught.value)


@given(st.text(max_size=60) | st.text('429okreset()=;,+@*~-. "\\', max_size=40))
def test_any_text_is_a_plan_or_a_syntax_error(text) -> None:
    try:
        plan, column = parse(text), 1
    except FaultSyntaxError as error:
        plan, column = parse(""), error.column
    assert 1 <= column <= len(text) + 1
    assert all(fault.name in CATALOGUE for fault in plan)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_example_of_each_fault_is_that_fault(name) -> None:
    (step,) = parse(CATALOGUE[name].example).steps
    assert [fault.name for fault in step] == [name]


def test_the_last_step_stays() -> None:
    plan = parse("429*2, ok")
    assert [bool(plan.at(n, Random(0))) for n in range(5)] == [True, True, False, False, False]


def test_dice_are_thrown_for_uncertain_faults_only() -> None:
    plan = parse("429@0.3 + drip")
    drawn = [len(plan.at(0, Random(n))) for n in range(1000)]
    assert set(drawn) == {1, 2}
    assert 250 < drawn.count(2) < 350


def test_joined_plans_act_together_attempt_by_attempt() -> None:
    plan = joined(parse("429, ok"), parse(""), parse("drip~t"))
    assert [[f.name for f in step] for step in plan.steps] == [["error", "drip"], ["drip"]]
    assert plan.label == "t"
