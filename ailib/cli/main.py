"""Reads the arguments and runs the command.

Exit codes: 0 ok; 1 what was checked is not in order; 2 usage or invalid input, one line on
standard error that says what, where and how to mend it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ailib.cli import check, manifest, models, providers
from ailib.errors import AiLibError
from ailib.version import __version__

COMMANDS = (providers, models, check, manifest)


def run(argv: Sequence[str]) -> int:
    """The exit code of a command line."""
    try:
        options = _parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        return int(options.run(options))
    except AiLibError as error:
        print(f"ailib: {error}", file=sys.stderr)
    except OSError as error:
        print(f"ailib: {error.filename}: {error.strerror}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ailib",
        description="A client for every LLM provider: what it knows, and whether it works.",
    )
    parser.add_argument("--version", action="version", version=f"ailib {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands)
    return parser
