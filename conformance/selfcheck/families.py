"""What the suite is tried on. Each family yields findings; a finding that did not hold is a fault
of the suite, not of any client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from conformance.errors import UsageError
from conformance.judge import verdict
from conformance.model import Case, Result
from conformance.plan import Suite, root
from conformance.run import run_case
from conformance.selfcheck.perturb import perturbed
from conformance.worker import Adapter

FOLDER = root() / "selfcheck"


@dataclass(frozen=True, slots=True)
class Finding:
    """One trial: ``name`` of the family and the subject, what was wanted, what came."""

    family: str
    subject: str
    held: bool
    told: str = ""


def caught() -> Mapping[str, Any]:
    """The vices, their clauses, and the checks that must fail, case by case."""
    table: Mapping[str, Any] = yaml.safe_load((FOLDER / "caught.yaml").read_text("utf-8"))
    return table


def one_each(suite: Suite) -> Iterator[Case]:
    """The first case of every scenario."""
    for scenario in suite.scenarios:
        yield scenario.cases[0]


def nulls(suite: Suite, clients: Mapping[str, Adapter]) -> Iterator[Finding]:
    """A client that does nothing passes nothing."""
    cases = list(one_each(suite))
    for name, adapter in clients.items():
        passed = [case.name for case in cases if run_case(case, adapter).status == "pass"]
        told = f"passes {', '.join(passed[:3])}" if passed else f"0 of {len(cases)} passed"
        yield Finding("null clients", name, not passed, told)


def vices(cases: Mapping[str, Case], clients: Mapping[str, Adapter]) -> Iterator[Finding]:
    """A client with one vice fails the checks that name it, and no other."""
    table = caught()
    for name in sorted(clients.keys() ^ table.keys()):
        yield Finding("broken clients", name, held=False, told="not in both tables")
    for name in clients.keys() & table.keys():
        problems = [
            problem
            for case, checks in table[name]["fails"].items()
            if (problem := _compared(run_case(_of(cases, case), clients[name]), checks))
        ]
        if not any(table[name]["fails"].values()):
            problems.append("nothing catches it")
        yield Finding("broken clients", name, not problems, "; ".join(problems))


def control(cases: Mapping[str, Case], client: Adapter) -> Iterator[Finding]:
    """The good client with no vice passes every case the vices are tried on."""
    names = dict.fromkeys(name for row in caught().values() for name in row["fails"])
    for name in names:
        result = run_case(_of(cases, name), client)
        yield Finding("control", name, result.status == "pass", _why(result))


def wire(cases: Mapping[str, Case], client: Adapter) -> Iterator[Finding]:
    """Mocks that do something else than the scenario says are noticed."""
    for row in yaml.safe_load((FOLDER / "wire.yaml").read_text("utf-8")):
        case = _of(cases, row["case"])
        server = tuple({**reply, "fault": str(row["fault"])} for reply in case.server)
        result = run_case(replace(case, server=server), client)
        wanted = {"fail", "error"} if row["fails"] else {"pass"}
        subject = f"{row['case']} with {row['fault']}"
        yield Finding("broken mocks", subject, result.status in wanted, f"is {result.status}")


def expectations(results: Sequence[Result]) -> Iterator[Finding]:
    """Every expectation, changed, turns the verdict on a transcript that met it."""
    for result in results:
        if result.transcript is None or result.status != "pass":
            yield Finding("expectations", result.case.name, held=False, told=_why(result))
            continue
        for place, case in perturbed(result.case):
            turned = verdict(case, result.transcript).status == "fail"
            subject = f"{result.case.id} {place}"
            yield Finding("expectations", subject, turned, "" if turned else "changes nothing")


def _compared(result: Result, wanted: Sequence[str]) -> str:
    found = [check.id for check in result.failed]
    if result.status == "error":
        return f"{result.case.name}: {result.reason}"
    if found == list(wanted):
        return ""
    told = (", ".join(checks) or "none" for checks in (wanted, found))
    return f"{result.case.name}: wanted {next(told)}, failed {next(told)}"


def _why(result: Result) -> str:
    return result.reason or ", ".join(check.id for check in result.failed) or result.status


def _of(cases: Mapping[str, Case], name: str) -> Case:
    if name not in cases:
        raise UsageError(
            f"the self-check names {name!r}, which is no case", hint="mend conformance/selfcheck"
        )
    return cases[name]
