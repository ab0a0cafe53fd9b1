"""``mock-providers env``: the variables that point every vendor's SDK at the mocks."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from mock_providers.cli.errors import UsageError
from mock_providers.profiles import load_profile, provider_names, variables

_ORIGIN = "http://127.0.0.1:8080"


def _powershell(name: str, value: str) -> str:
    quoted = value.replace("'", "''")
    return f"$env:{name} = '{quoted}'"


SHELLS: Mapping[str, Callable[[str, str], str]] = {
    "sh": lambda name, value: f"export {name}={shlex.quote(value)}",
    "fish": lambda name, value: f"set -gx {name} {shlex.quote(value)}",
    "powershell": _powershell,
    "cmd": lambda name, value: f"set {name}={value}",
    "dotenv": lambda name, value: f"{name}={value}",
}


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("env", help="print the variables the vendors' SDKs read")
    parser.add_argument("--url", default=_ORIGIN, help="where the server is (%(default)s)")
    parser.add_argument("--shell", choices=[*SHELLS, "json"], default="sh", help="form (sh)")
    parser.add_argument("--provider", action="append", metavar="NAME", help="only this one")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints one line a variable, or JSON."""
    if not options.url.startswith(("http://", "https://")):
        raise UsageError(f"--url {options.url!r}: expected http://host:port")
    profiles = [load_profile(name) for name in options.provider or provider_names()]
    found = variables(profiles, options.url.rstrip("/"))
    if options.shell == "json":
        print(json.dumps(found, indent=2))
    else:
        for name, value in found.items():
            print(SHELLS[options.shell](name, value))
    return 0
