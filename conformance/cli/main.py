"""Options, and which command gets them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from conformance import __version__
from conformance.cli import inspect, judging, running, trust
from conformance.errors import ConformanceError

EPILOG = """exit codes: 0 all passed · 1 a case failed · 2 usage or invalid input ·
3 harness error, no verdict · 4 self-check failed · 5 nothing selected"""


def parser() -> argparse.ArgumentParser:
    """All commands and options."""
    root = argparse.ArgumentParser("conformance", description=__doc__, epilog=EPILOG)
    root.description = "Plays scenarios against an LLM client and judges what it does."
    root.add_argument("--version", action="version", version=__version__)
    commands = root.add_subparsers(metavar="COMMAND", required=True)

    run = _command(commands, "run", "play cases and write reports", running.run)
    run.add_argument("patterns", nargs="*", metavar="PATTERN", help="scenario ids; * and ? match")
    run.add_argument("--profile", default="ci", help="which scenarios (default: ci)")
    run.add_argument("--client", default="ailib", help="the client under test (default: ailib)")
    run.add_argument("--out", type=Path, default=Path(".conformance"), metavar="DIR")
    run.add_argument("--jobs", type=_positive, default=1, metavar="N", help="processes")
    run.add_argument(
        "--python", type=Path, metavar="PATH", help="the interpreter that has the client"
    )
    run.add_argument(
        "--last-failed", action="store_true", help="only what did not pass in DIR's last run"
    )
    _folders(run)

    listing = _command(commands, "list", "list the cases", inspect.list_cases)
    listing.add_argument("patterns", nargs="*", metavar="PATTERN")
    listing.add_argument("--profile", default="ci")
    listing.add_argument("--json", action="store_true", help="as JSON, with clauses and axes")
    _folders(listing)

    lint = _command(commands, "lint", "check scenarios, axes and clauses", inspect.lint)
    _folders(lint)

    explain = _command(commands, "explain", "what a scenario is about", inspect.explain)
    explain.add_argument("id", metavar="ID")
    _folders(explain)

    judge = _command(commands, "judge", "judge the transcripts of a run again", judging.judge_file)
    judge.add_argument("file", type=Path, metavar="FILE", help="a results.ndjson")
    _folders(judge)

    report = _command(commands, "report", "write the reports of a run", judging.report_file)
    report.add_argument("file", type=Path, metavar="FILE", help="a results.ndjson")
    report.add_argument("--out", type=Path, default=Path("reports"), metavar="DIR")
    _folders(report)

    matrix = _command(commands, "matrix", "a table of several clients' runs", judging.matrix)
    matrix.add_argument("files", type=Path, nargs="+", metavar="FILE", help="results.ndjson each")
    matrix.add_argument("--out", type=Path, default=Path("reports"), metavar="DIR")

    trust_check = _command(commands, "selfcheck", "is the suite to be trusted?", trust.selfcheck)
    _folders(trust_check)

    coverage = _command(commands, "coverage", "clauses, and what proves them", trust.coverage)
    coverage.add_argument(
        "--strict", action="store_true", help="exit 1 where a MUST is not covered"
    )
    _folders(coverage)
    return root


Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse gives it no public name


def _command(
    commands: Commands[argparse.ArgumentParser],
    name: str,
    text: str,
    function: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text, epilog=EPILOG)
    command.set_defaults(function=function)
    return command


def _folders(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--scenarios", type=Path, metavar="DIR", help="another folder of scenarios"
    )
    command.add_argument("--clauses", type=Path, metavar="DIR", help="another folder of clauses")


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, found {text!r}")
    return number


def main(argv: Sequence[str]) -> int:
    """Runs a command; its exit code."""
    options = parser().parse_args(argv)
    try:
        code: int = options.function(options)
    except ConformanceError as error:
        print(f"conformance: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        print("conformance: interrupted", file=sys.stderr)
        return 3
    return code
