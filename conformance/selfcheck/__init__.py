"""Is the suite to be trusted? Clients that do nothing pass nothing, clients and mocks with one
vice are caught by the checks that name it, and every expectation can turn a verdict."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.adapters import ailib
from conformance.adapters.nulls import NULLS
from conformance.adapters.vices import NO_VICE, VICES
from conformance.plan import Suite
from conformance.run import run_case
from conformance.selfcheck.families import (
    Finding,
    caught,
    control,
    expectations,
    nulls,
    one_each,
    vices,
    wire,
)

__all__ = ["Finding", "caught", "check"]


def check(suite: Suite) -> Iterator[Finding]:
    """All findings, family by family."""
    cases = {case.name: case for scenario in suite.scenarios for case in scenario.cases}
    yield from control(cases, NO_VICE)
    yield from nulls(suite, NULLS)
    yield from vices(cases, VICES)
    yield from wire(cases, ailib)
    yield from expectations([run_case(case, ailib) for case in one_each(suite)])
