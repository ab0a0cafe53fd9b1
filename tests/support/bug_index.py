"""Which test covers which class of client bugs: the page ``docs/bug-classes.md``.

    python -m tests.support.bug_index      writes the page

Classes come from the byte fixtures (`tests.support.cases`) and from ``index.yaml`` beside them:
``covered`` names a test function for a class that is no matter of bytes, ``not_applicable`` lists
classes by reason.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.support.cases import FOLDER, cases
from tests.support.shared import ROOT

INDEX = FOLDER.parent / "index.yaml"
REQUESTS = FOLDER.parent / "requests.yaml"
PAGE = ROOT / "docs" / "bug-classes.md"
CLASS = re.compile(r"[A-Z]-\d\d")
FIXTURES = "tests/ailib/bugs/test_cases.py"
REQUEST_TESTS = "tests/ailib/bugs/test_requests.py"
TOTAL = 353
MOST_NOT_APPLICABLE = 60

GROUPS = {
    "S": "Framing",
    "F": "Finish reasons and truncation",
    "T": "Tool-call assembly",
    "U": "Usage",
    "E": "Error mapping",
    "R": "Retry, rate limit, circuit, fallback",
    "O": "Timeouts",
    "C": "Cancellation, leaks, loops",
    "N": "Encoding, JSON, schema",
    "M": "Messages and roles",
    "X": "Reasoning",
    "K": "Caching, security, the rest",
}


@dataclass(frozen=True)
class Index:
    """``fixtures``: class → what its cases say. ``covered``: class → tests. ``reasons``: reason →
    classes that do not apply."""

    fixtures: Mapping[str, tuple[str, ...]]
    covered: Mapping[str, tuple[str, ...]]
    reasons: Mapping[str, tuple[str, ...]]

    @property
    def not_applicable(self) -> tuple[str, ...]:
        return tuple(name for names in self.reasons.values() for name in names)

    @property
    def all(self) -> set[str]:
        return {*self.fixtures, *self.covered, *self.not_applicable}


@functools.cache
def index() -> Index:
    """The index as it stands."""
    loaded: dict[str, Any] = yaml.safe_load(INDEX.read_text("utf-8"))
    fixtures: dict[str, tuple[str, ...]] = {}
    requests = yaml.safe_load(REQUESTS.read_text("utf-8"))["cases"]
    rows = [(case.ids, case.says) for case in cases()]
    rows += [(_listed(row["id"]), str(row["says"])) for row in requests]
    for ids, says in rows:
        for name in ids:
            if CLASS.fullmatch(name):
                fixtures[name] = (*fixtures.get(name, ()), says)
    covered = {name: _listed(tests) for name, tests in (loaded["covered"] or {}).items()}
    reasons = {row["reason"]: tuple(row["ids"]) for row in loaded["not_applicable"]}
    return Index(fixtures, covered, reasons)


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


@functools.cache
def functions(path: str) -> frozenset[str]:
    """Names of the test functions of a file of this repository."""
    tree = ast.parse(ROOT.joinpath(path).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def page() -> str:
    """The page as Markdown."""
    found = index()
    shown = len(found.fixtures.keys() | found.covered.keys())
    lines = [
        "# Classes of client bugs",
        "",
        f"{TOTAL} classes of bugs were collected from the issue trackers of LLM clients: what goes",
        f"wrong where a provider sends something unusual. {shown} of them are covered by a test",
        f"here; {len(found.not_applicable)} do not apply, by reason at the end. This page is made",
        "from the tests (`python -m tests.support.bug_index`) and checked by one.",
        "",
        f"Rows without a file are tables: byte fixtures (`{FIXTURES}`) and requests",
        f"(`{REQUEST_TESTS}`); `-k` with the class runs them.",
    ]
    for letter, title in GROUPS.items():
        lines += ["", f"## {letter}. {title}", "", "| class | covered by |", "|---|---|"]
        names = sorted(found.fixtures.keys() | found.covered.keys())
        lines += [_row(found, name) for name in names if name[0] == letter]
    lines += ["", "## Not applicable", "", "| reason | classes |", "|---|---|"]
    lines += [f"| {reason} | {', '.join(ids)} |" for reason, ids in found.reasons.items()]
    return "\n".join(lines) + "\n"


def _row(found: Index, name: str) -> str:
    tests = [f"`{test}`" for test in found.covered.get(name, ())]
    said = list(dict.fromkeys(found.fixtures.get(name, ())))
    return f"| {name} | {'; '.join(said + tests)} |".replace("\\", "\\\\")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
