"""What all reports tell: one summary of the results, the content of ``compatibility.json``.

Nothing volatile is in it (no date, no duration, no port, no path of this machine), so that the
same verdicts give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.model import STATUSES, Check, Result, count
from conformance.plan.load import Clause

OTHER = "any"
"""The column of a scenario without the axis ``dialect``."""


def summarise(
    results: Iterable[Result], clauses: Mapping[str, Clause], *, client: str, profile: str
) -> dict[str, Any]:
    """The summary, sorted by scenario and case."""
    ordered = sorted(results, key=lambda result: (result.case.id, result.case.name))
    by_scenario: dict[str, list[Result]] = {}
    for result in ordered:
        by_scenario.setdefault(result.case.id, []).append(result)
    return {
        "format": 1,
        "client": client,
        "profile": profile,
        "counts": _counts(ordered),
        "clauses": [
            _clause(clause, [r for r in ordered if clause.id in r.case.clauses])
            for clause in sorted(clauses.values(), key=lambda clause: clause.id)
        ],
        "scenarios": [_scenario(group) for group in by_scenario.values()],
    }


def _counts(results: list[Result]) -> dict[str, int]:
    counts = count(results)
    return {status: counts[status] for status in STATUSES}


def _clause(clause: Clause, results: list[Result]) -> dict[str, Any]:
    counts = count(results)
    return {
        "id": clause.id,
        "level": clause.level,
        "text": clause.text,
        "source": clause.source,
        "passed": counts["pass"],
        "judged": len(results) - counts["not_applicable"],
    }


def _scenario(results: list[Result]) -> dict[str, Any]:
    case = results[0].case
    return {
        "id": case.id,
        "title": case.title,
        "file": case.file,
        "clauses": list(case.clauses),
        "counts": {status: n for status, n in _counts(results).items() if n},
        "cases": [_case(result) for result in results],
    }


def _case(result: Result) -> dict[str, Any]:
    transcript = result.transcript
    ends = [call.ended for call in transcript.calls if call.ended] if transcript else []
    return {
        "name": result.case.name,
        "axes": dict(result.case.axes),
        "status": result.status,
        "checks": len(result.checks),
        "requests": len(transcript.requests) if transcript else 0,
        "seconds": round(max(ends, default=0.0), 6),
        "failed": [_check(check) for check in result.failed],
        "reason": result.reason,
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "id": check.id, "passed": check.passed, "expected": check.expected, "found": check.found,
    }  # fmt: skip


def columns(summary: Mapping[str, Any]) -> list[str]:
    """The dialects that occur, in alphabetical order, and `OTHER` where a scenario has none."""
    found = {cell for scenario in summary["scenarios"] for cell in cells(scenario)}
    named = sorted(found - {OTHER})
    return [*named, OTHER] if OTHER in found else named


def cells(scenario: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The cases of a scenario by dialect."""
    by_dialect: dict[str, list[dict[str, Any]]] = {}
    for case in scenario["cases"]:
        by_dialect.setdefault(case["axes"].get("dialect", OTHER), []).append(case)
    return by_dialect


def cell_text(cases: list[dict[str, Any]]) -> str:
    """``4/4`` passed of judged; ``n/a`` where nothing applies."""
    judged = [case for case in cases if case["status"] != "not_applicable"]
    if not judged:
        return "n/a"
    passed = sum(case["status"] == "pass" for case in judged)
    errors = sum(case["status"] in {"error", "not_run"} for case in judged)
    return f"{passed}/{len(judged)}" + (f" ({errors} not judged)" if errors else "")
