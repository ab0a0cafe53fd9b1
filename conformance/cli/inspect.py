"""``conformance list``, ``lint`` and ``explain``: looks at scenarios, plays nothing."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter

import yaml

from conformance.cli.running import suite_of
from conformance.cli.tell import shown
from conformance.errors import UsageError
from conformance.plan import problems, root, select
from conformance.worker import check_replies


def list_cases(options: argparse.Namespace) -> int:
    """Names of the selected cases, or all about them as JSON."""
    cases = select(suite_of(options), options.patterns, options.profile)
    if options.json:
        rows = [
            {
                "name": case.name,
                "id": case.id,
                "title": case.title,
                "axes": dict(case.axes),
                "clauses": list(case.clauses),
                "scope": case.scope,
                "needs": list(case.needs),
                "file": case.file,
            }
            for case in cases
        ]
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return 0
    for case in cases:
        print(case.name)
    print(f"{len(cases)} cases of {len({case.id for case in cases})} scenarios")
    return 0


def lint(options: argparse.Namespace) -> int:
    """Every problem of the files; exit 2 where there is one."""
    scenarios = options.scenarios or root() / "scenarios"
    clauses = options.clauses or root() / "clauses"
    if not scenarios.is_dir():
        raise UsageError(f"{scenarios}: no such folder", hint="name a folder of scenario files")
    found = problems(scenarios, clauses)
    for problem in found:
        print(f"conformance: {problem}", file=sys.stderr)
    if found:
        print(f"{len(found)} files with problems", file=sys.stderr)
        return UsageError.exit_code
    suite = suite_of(options)
    refused = [
        scenario.document.error("/server", "replies the mocks understand", reason)
        for scenario in suite.scenarios
        if (reason := next(filter(None, map(check_replies, scenario.cases)), None))
    ]
    for error in refused:
        print(f"conformance: {error}", file=sys.stderr)
    if refused:
        return UsageError.exit_code
    cited = Counter(clause for s in suite.scenarios for clause in s.cases[0].clauses)
    print(
        f"{len(suite.scenarios)} scenarios, {sum(len(s.cases) for s in suite.scenarios)} cases, "
        f"{len(cited)} of {len(suite.clauses)} clauses cited: no problem"
    )
    return 0


def explain(options: argparse.Namespace) -> int:
    """A scenario: its title, clauses, cases, and the file's own words."""
    suite = suite_of(options)
    case = select(suite, [options.id], "ci")[0]
    scenario = next(s for s in suite.scenarios if s.id == case.id)
    raw = scenario.document.data
    print(f"{scenario.id}: {scenario.title}")
    print(f"file: {scenario.document.file}:{scenario.document.line('/id')}")
    for name in raw["clauses"]:
        clause = suite.clauses[name]
        print(f"\n{clause.id} {clause.level} {clause.text}\n  source: {clause.source}")
    if "notes" in raw:
        print(f"\n{raw['notes'].strip()}")
    for key in ("client", "calls", "server", "expect"):
        if key in raw:
            text = yaml.safe_dump({key: raw[key]}, sort_keys=False, allow_unicode=True)
            print(f"\n{text.rstrip()}")
    print(f"\n{len(scenario.cases)} cases:")
    for each in scenario.cases:
        print(f"  {each.name}")
    print(f"play: conformance run {scenario.id}; seed {shown(case.seed)}")
    return 0
