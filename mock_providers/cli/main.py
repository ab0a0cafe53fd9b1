"""Reads the arguments and runs the command. Every complaint is one line and exit code 2."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from mock_providers.cassettes import CassetteError
from mock_providers.cli import env, faults, providers, record, replay, serve
from mock_providers.cli.errors import UsageError
from mock_providers.profiles import ProfileError, UnknownProviderError

COMMANDS = (serve, providers, env, faults, record, replay)


def run(argv: Sequence[str]) -> int:
    """The exit code of a command line."""
    parser = _parser()
    try:
        options = parser.parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        return int(options.run(options))
    except (UsageError, UnknownProviderError, ProfileError, CassetteError) as error:
        print(f"mock-providers: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mock-providers",
        description="Servers that speak each LLM provider's wire format, and fail its way.",
    )
    parser.add_argument("--version", action="version", version=f"mock-providers {_version()}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands)
    return parser


def _version() -> str:
    try:
        return version("ailib")
    except PackageNotFoundError:
        return "unknown"
