"""``conformance run``."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from conformance.cli.tell import closing_line, failures
from conformance.errors import HarnessError, NothingSelectedError, UsageError
from conformance.model import Case, Result, Status, count
from conformance.plan import Suite, bundled, load, root, select
from conformance.report import ndjson, publish
from conformance.report.write import whole
from conformance.run import run_cases, run_elsewhere
from conformance.worker import Elsewhere, find

RESULTS = "results.ndjson"

# The worst status decides; the order is that of the exit codes' weight.
EXIT_CODES: tuple[tuple[Status, int], ...] = (("error", 3), ("not_run", 3), ("fail", 1))


def suite_of(options: argparse.Namespace) -> Suite:
    """The bundled suite, or that of ``--scenarios`` and ``--clauses``."""
    if options.scenarios is None and options.clauses is None:
        return bundled()
    return load(options.scenarios or root() / "scenarios", options.clauses or root() / "clauses")


def run(options: argparse.Namespace) -> int:
    """Plays the selected cases, writes results and reports, prints what failed and the count."""
    suite = suite_of(options)
    cases = select(suite, options.patterns, options.profile)
    if options.last_failed:
        cases = _last_failed(cases, options.out / RESULTS)
    client, results = _played(cases, options)
    header = {
        "client": client,
        "profile": options.profile,
        "selection": options.patterns,
        "cases": len(cases),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
    }
    with whole(options.out / RESULTS) as file:
        ndjson.write(file, header, results)
    publish(options.out, results, suite.clauses, client=client, profile=options.profile)
    for line in failures(results, options.client):
        print(line)
    print(closing_line(results))
    return exit_code(results)


def _played(cases: list[Case], options: argparse.Namespace) -> tuple[str, list[Result]]:
    """The client's name and the results, from here or from another environment."""
    progress = _progress(len(cases))
    if options.python is not None:
        results: list[Result] = []
        with Elsewhere(options.client, options.python) as worker:
            for case in cases:
                results.append(run_elsewhere(case, worker))
                progress(len(results))
        return f"{worker.info.client} {worker.info.version}".strip(), results
    try:
        info = find(options.client).INFO
    except ImportError as error:
        raise HarnessError(
            f"client {options.client!r} cannot be imported: {error}",
            hint="install it here, or name the interpreter that has it with --python",
        ) from error
    results = run_cases(cases, options.client, jobs=options.jobs, progress=progress)
    return f"{info.client} {info.version}".strip(), results


def exit_code(results: Sequence[Result]) -> int:
    """0, or that of the worst status. A run in which nothing was judged is nothing selected."""
    counts = count(results)
    for status, code in EXIT_CODES:
        if counts[status]:
            return code
    return 0 if counts["pass"] else NothingSelectedError.exit_code


def _last_failed(cases: list[Case], path: Path) -> list[Case]:
    if not path.exists():
        raise UsageError(f"{path}: no earlier run", hint="run once without --last-failed")
    failed = {
        result.case.name
        for result in ndjson.read(path).results
        if result.status in {"fail", "error", "not_run"}
    }
    kept = [case for case in cases if case.name in failed]
    if not kept:
        raise NothingSelectedError(f"nothing failed in {path}")
    return kept


def _progress(total: int) -> Callable[[int], None]:
    def show(done: int) -> None:
        end = "\n" if done == total else ""
        print(f"\r{done}/{total} cases", end=end, file=sys.stderr, flush=True)

    return show if sys.stderr.isatty() else lambda _: None
