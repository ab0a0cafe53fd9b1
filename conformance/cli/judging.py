"""``conformance judge`` and ``report``: work on transcripts of an earlier run, play nothing."""

from __future__ import annotations

import argparse

from conformance.cli.running import exit_code, suite_of
from conformance.cli.tell import closing_line, failures
from conformance.judge import verdict
from conformance.report import ndjson, publish
from conformance.report.matrix import render as render_matrix
from conformance.report.write import write


def judge_file(options: argparse.Namespace) -> int:
    """Judges every transcript of a run again, with the expectations kept beside it."""
    run = ndjson.read(options.file)
    results = [
        verdict(result.case, result.transcript) if result.transcript is not None else result
        for result in run.results
    ]
    changed = [
        (old, new)
        for old, new in zip(run.results, results, strict=True)
        if old.status != new.status or old.checks != new.checks
    ]
    for line in failures(results, run.header["client"].partition(" ")[0]):
        print(line)
    for old, new in changed:
        print(f"changed: {old.case.name} was {old.status}, is {new.status}")
    print(closing_line(results))
    return exit_code(results)


def matrix(options: argparse.Namespace) -> int:
    """Writes ``matrix.md`` of several runs, one column a client."""
    runs = [ndjson.read(path) for path in options.files]
    text = render_matrix({run.header["client"]: run.results for run in runs})
    write(options.out / "matrix.md", text)
    print(f"{len(runs)} clients, {sum(len(run.results) for run in runs)} results")
    return 0


def report_file(options: argparse.Namespace) -> int:
    """Writes the reports of a run from its results."""
    run = ndjson.read(options.file)
    publish(
        options.out,
        run.results,
        suite_of(options).clauses,
        client=run.header["client"],
        profile=run.header["profile"],
    )
    print(closing_line(run.results))
    return exit_code(run.results)
