r"""The grammar of faults: text to `FaultPlan`.

    plan  = step *( "," step ) [ "~" label ]     one step an attempt; the last one stays
    step  = fault *( "+" fault ) [ "*" count ]   faults that act together, for `count` attempts
    fault = name [ args ] [ "@" probability ]
    args  = "(" arg *( "," arg ) ")"  |  *( ";" arg )  |  *( "-" value )
    arg   = [ name "=" ] value

A name is one of the catalogue, a status (``429``) or a name of the provider's error table
(``overloaded``); ``ok`` is no fault. Values without a name fill the arguments in their order. A
value may be quoted with ``"``. Durations take ``ms``, ``s``, ``m``. ``~label`` keeps the attempts
of one test apart from those of another that sends the same request.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mock_providers.faults.catalogue import CATALOGUE
from mock_providers.faults.errors import ERROR
from mock_providers.faults.plan import Active, Fault, FaultPlan
from mock_providers.faults.spec import Param, Spec

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]{3}(?![0-9A-Za-z_])")
_ARG_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*=")
_LABEL = re.compile(r"\s*([A-Za-z0-9_.-]+)")
_NUMBER = re.compile(r"\s*([0-9]+)")
_SPACE = re.compile(r"\s*")
_FRACTION = re.compile(r"\s*(0?\.[0-9]+|[01](?:\.[0-9]+)?)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_VALUES = {
    "(": re.compile(r"[^,()\"]+"),
    ";": re.compile(r"[^,;()+@*~\"\s]+"),
    "-": re.compile(r"[^,;()+@*~\"\s-]+"),
}
_DURATION = re.compile(r"(-?[0-9]*\.?[0-9]+)\s*(ms|s|m)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, None: 1.0}
_FLAGS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
MAX_LENGTH = 20_000
MAX_STEPS = 1000


class FaultSyntaxError(ValueError):
    """Text that is no fault plan: what is wrong and at which column (from 1)."""

    def __init__(self, what: str, text: str, position: int) -> None:
        self.what = what
        self.text = text
        self.column = position + 1
        super().__init__(f"{what}, at column {self.column} of {text!r}")


def parse(text: str) -> FaultPlan:
    """The plan a text describes; empty text is the empty plan.

    Raises `FaultSyntaxError`.
    """
    if len(text) > MAX_LENGTH:
        raise FaultSyntaxError(f"longer than {MAX_LENGTH} characters", text[:20] + "…", MAX_LENGTH)
    return _Parser(text).plan()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def fail(self, what: str, position: int | None = None) -> FaultSyntaxError:
        at = self.position if position is None else position
        return FaultSyntaxError(what, self.text, at)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
        return found

    def literal(self, characters: str) -> str:
        """The next character, white space skipped, if it is one of these."""
        self.take(_SPACE)
        here = self.text[self.position : self.position + 1]
        if not here or here not in characters:
            return ""
        self.position += 1
        return here

    def plan(self) -> FaultPlan:
        self.take(_SPACE)
        if self.position == len(self.text):
            return FaultPlan()
        steps = self.step()
        while self.literal(","):
            steps += self.step()
            if len(steps) > MAX_STEPS:
                raise self.fail(f"more than {MAX_STEPS} attempts")
        label = self.label() if self.literal("~") else ""
        self.take(_SPACE)
        if self.position < len(self.text):
            found = self.text[self.position]
            raise self.fail(f"expected ',', '+', '@', '*', '~' or the end, found {found!r}")
        return FaultPlan(tuple(steps), label, self.text)

    def label(self) -> str:
        found = self.take(_LABEL)
        if not found:
            raise self.fail("expected a label of letters, digits, '_', '.', '-' after '~'")
        return found[1]

    def step(self) -> list[Active]:
        faults = self.fault()
        while self.literal("+"):
            faults += self.fault()
        if sum(fault.name == ERROR for fault in faults) > 1:
            raise self.fail("two refusals in one step; a request is refused once")
        if not self.literal("*"):
            return [faults]
        found = self.take(_NUMBER)
        count = int(found[1]) if found else 0
        if not 1 <= count <= MAX_STEPS:
            raise self.fail(f"expected a number of attempts from 1 to {MAX_STEPS} after '*'")
        return [faults] * count

    def fault(self) -> Active:
        self.take(_SPACE)
        start = self.position
        found = self.take(_NAME)
        if not found:
            here = self.text[start : start + 1]
            raise self.fail(f"expected a fault, found {here!r}" if here else "expected a fault")
        name = found[0]
        spec = CATALOGUE.get(name, CATALOGUE[ERROR])
        short = name not in CATALOGUE and name != "ok"
        args = self.args(name, spec, {"error": name} if short else {})
        if name == "ok":
            return ()
        if short:
            self.check_error_name(name, start)
        elif spec.name == ERROR and args["error"] is None:
            raise self.fail("`error` needs a status or a name, as in error(429)", start)
        probability = self.probability() if self.literal("@") else 1.0
        return (Fault(spec.name, args, probability, self.text[start : self.position].strip()),)

    def check_error_name(self, name: str, start: int) -> None:
        if name.isdigit():
            if not 400 <= int(name) <= 599:
                raise self.fail(f"status {name} is no error; errors are 400 to 599", start)
        elif near := difflib.get_close_matches(name, CATALOGUE, n=1, cutoff=0.8):
            raise self.fail(f"unknown fault {name!r}; did you mean {near[0]!r}?", start)

    def probability(self) -> float:
        found = self.take(_FRACTION)
        if not found or not 0 <= float(found[1]) <= 1:
            raise self.fail("expected a probability from 0 to 1 after '@'")
        return float(found[1])

    def args(self, name: str, spec: Spec, given: dict[str, Any]) -> Mapping[str, Any]:
        """The arguments after a name, defaults filled in."""
        params = [] if name == "ok" else [p for p in spec.params if p.name not in given]
        values = dict(given)
        opening = self.literal("(;-")
        while opening and opening != ")":
            self.arg(name, params, values, opening)
            closing = self.literal(",)") if opening == "(" else self.literal(opening)
            if opening == "(" and not closing:
                raise self.fail("expected ',' or ')'")
            opening = closing if closing == ")" else opening if closing else ""
        return {p.name: values.get(p.name, p.default) for p in spec.params}

    def arg(self, name: str, params: list[Param], values: dict[str, Any], style: str) -> None:
        self.take(_SPACE)
        start = self.position
        known = ", ".join(p.name for p in params) or "none"
        if found := (None if style == "-" else self.take(_ARG_NAME)):
            param = next((p for p in params if p.name == found[1]), None)
            if param is None:
                raise self.fail(f"{name!r} has no argument {found[1]!r}; it has: {known}", start)
            if param.name in values:
                raise self.fail(f"argument {param.name!r} twice", start)
        else:
            param = next((p for p in params if p.name not in values), None)
            if param is None:
                raise self.fail(f"{name!r} takes no further argument; it has: {known}", start)
        self.take(_SPACE)
        start = self.position
        if quoted := self.take(_QUOTED):
            text = re.sub(r"\\(.)", r"\1", quoted[1])
        elif bare := self.take(_VALUES[style]):
            text = bare[0].strip()
        else:
            raise self.fail(f"expected a value for {param.name!r}")
        try:
            values[param.name] = _value(param, text)
        except ValueError as error:
            raise self.fail(f"{param.name}={text}: {error}", start) from None


def _value(param: Param, text: str) -> Any:
    if param.choices:
        if text not in param.choices:
            raise ValueError(f"expected one of {', '.join(param.choices)}")
        return text
    match param.kind:
        case "int":
            if not text.isdecimal():
                raise ValueError("expected a whole number, 0 or more")
            return int(text)
        case "number":
            return _finite(text, "expected a number")
        case "seconds":
            return _seconds(text)
        case "flag":
            if text.lower() not in _FLAGS:
                raise ValueError("expected true or false")
            return _FLAGS[text.lower()]
        case _:
            return text


def _finite(text: str, complaint: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(complaint) from None
    if not math.isfinite(number):
        raise ValueError(complaint)
    return number


def _seconds(text: str) -> float:
    if text == "inf":
        return math.inf
    found = _DURATION.fullmatch(text)
    if not found or float(found[1]) < 0:
        raise ValueError("expected a duration, as in 30, 1.5s, 200ms, 2m, inf")
    return float(found[1]) * _UNITS[found[2]]


def joined(*plans: FaultPlan) -> FaultPlan:
    """One plan that does what all of them do, attempt by attempt."""
    plans = tuple(plan for plan in plans if plan)
    if len(plans) < 2:
        return plans[0] if plans else FaultPlan()
    length = max(len(plan.steps) for plan in plans)
    steps = tuple(
        tuple(f for plan in plans for f in plan.steps[min(n, len(plan.steps) - 1)])
        for n in range(length)
    )
    label = next((plan.label for plan in plans if plan.label), "")
    return replace(plans[0], steps=steps, label=label, text=" & ".join(p.text for p in plans))
