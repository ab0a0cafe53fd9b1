"""Reads the arguments and runs the command. Every complaint is one line and exit code 2."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from mock_providers.cli.errors import UsageError
from mock_providers.profiles import ProfileError, UnknownProviderError

COMMANDS = {
    "serve": "serve",
    "list": "providers",
    "env": "env",
    "faults": "faults",
    "record": "record",
    "replay": "replay",
    "proxy": "proxy",
}
"""The commands and their modules in this folder."""


def run(argv: Sequence[str]) -> int:
    """The exit code of a command line."""
    parser = _parser([argv[0]] if argv and argv[0] in COMMANDS else list(COMMANDS))
    try:
        options = parser.parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        return int(options.run(options))
    except (UsageError, UnknownProviderError, ProfileError, *options.errors) as error:
        print(f"mock-providers: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _parser(names: Sequence[str]) -> argparse.ArgumentParser:
    """A parser of these commands; the modules of the others are not imported."""
    parser = argparse.ArgumentParser(
        prog="mock-providers",
        description="Servers that speak each LLM provider's wire format, and fail its way.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    parser.set_defaults(errors=())
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in names:
        import_module(f"mock_providers.cli.{COMMANDS[name]}").add(commands)
    return parser


class _Version(argparse.Action):
    """Prints the installed version; looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow

        try:
            print(f"mock-providers {version('ailib')}")
        except PackageNotFoundError:
            print("mock-providers, not installed")
        parser.exit()
