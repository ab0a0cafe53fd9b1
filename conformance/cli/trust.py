"""``conformance selfcheck`` and ``coverage``: is the suite to be trusted, and how far."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tabulate import tabulate

from conformance.cli.running import suite_of
from conformance.errors import SelfCheckError
from conformance.selfcheck import caught, check


def selfcheck(options: argparse.Namespace) -> int:
    """Tries the suite on clients and mocks that are known to be wrong; exit 4 where it fails."""
    tried: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for finding in check(suite_of(options)):
        tried[finding.family] += 1
        held[finding.family] += finding.held
        if not finding.held:
            print(f"{finding.family}: {finding.subject}: {finding.told}", file=sys.stderr)
    rows = [[family, held[family], number] for family, number in tried.items()]
    print(tabulate(rows, ["family", "held", "tried"], tablefmt="github"))
    print(f"{sum(tried.values())} trials, {sum(held.values())} held")
    return 0 if held == tried else SelfCheckError.exit_code


def coverage(options: argparse.Namespace) -> int:
    """Each clause: the scenarios that cite it, the vices of it that are caught. ``--strict``:
    exit 1 where a clause that is a MUST has none of either and is not excluded."""
    suite = suite_of(options)
    scenarios = Counter(clause for s in suite.scenarios for clause in s.cases[0].clauses)
    killed = Counter(row["clause"] for row in caught().values())
    rows, missing = [], []
    for clause in sorted(suite.clauses.values(), key=lambda clause: clause.id):
        covered = bool(scenarios[clause.id] and killed[clause.id])
        if clause.excluded:
            state = f"excluded: {clause.excluded}"
        else:
            state = "covered" if covered else "tested" if scenarios[clause.id] else "untested"
            if not covered and clause.level == "MUST":
                missing.append(clause.id)
        rows.append([clause.id, clause.level, scenarios[clause.id], killed[clause.id], state])
    print(tabulate(rows, ["clause", "level", "scenarios", "vices", "state"], tablefmt="github"))
    print(f"{len(rows)} clauses, {len(rows) - len(missing)} covered or excused")
    if missing and options.strict:
        print(f"conformance: not covered: {', '.join(missing)}", file=sys.stderr)
        return 1
    return 0
