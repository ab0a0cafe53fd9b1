"""``compatibility.md``: counts, a table an area, what failed and why, the clauses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from tabulate import tabulate

from conformance.report.summary import cell_text, cells, columns


def render(summary: Mapping[str, Any]) -> str:
    """The file's text."""
    return "\n\n".join(_blocks(summary)) + "\n"


def _blocks(summary: Mapping[str, Any]) -> Iterator[str]:
    yield f"# Compatibility of {summary['client']}"
    yield (
        f"Measured by `conformance run --profile {summary['profile']}`: each cell is cases passed "
        "of cases judged, a case being one permutation of a scenario."
    )
    yield _table(
        ["verdict", "cases"],
        [[status.replace("_", " "), n] for status, n in summary["counts"].items()],
    )
    shown = columns(summary)
    for area, scenarios in groupby(summary["scenarios"], lambda s: s["id"].partition(".")[0]):
        yield f"## {area}"
        yield _table(
            ["scenario", *shown, "what happens"], [_row(scenario, shown) for scenario in scenarios]
        )
    failed = [case for s in summary["scenarios"] for case in s["cases"] if case["status"] != "pass"]
    if failed:
        yield "## Not passed"
        yield "\n".join(_failure(case) for case in failed)
    yield "## Clauses"
    yield _table(
        ["clause", "level", "cases", "sentence"],
        [
            [
                clause["id"],
                clause["level"],
                f"{clause['passed']}/{clause['judged']}",
                clause["text"],
            ]
            for clause in summary["clauses"]
        ],
    )


def _row(scenario: Mapping[str, Any], shown: list[str]) -> list[str]:
    by_dialect = cells(scenario)
    texts = [cell_text(by_dialect[name]) if name in by_dialect else "" for name in shown]
    return [f"`{scenario['id']}`", *texts, scenario["title"]]


def _failure(case: Mapping[str, Any]) -> str:
    lines = [f"- `{case['name']}`: {case['status'].replace('_', ' ')} {case['reason']}".rstrip()]
    lines += [
        f"  - `{check['id']}`: expected {_shown(check['expected'])}, found {_shown(check['found'])}"
        for check in case["failed"]
    ]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    text = text if len(text) <= 200 else f"{text[:197]}..."
    return f"`{text.replace('`', chr(39))}`"


def _table(headers: list[str], rows: list[list[Any]]) -> str:
    escaped = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    return tabulate(escaped, headers, tablefmt="github", disable_numparse=True)
