"""``mock-providers record``: write down what an upstream answers, or what the mocks do."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from mock_providers.cassettes import CassetteError, Recorder, read, write
from mock_providers.cassettes.making import make_all
from mock_providers.cassettes.plan import load_plan
from mock_providers.cli.errors import UsageError
from mock_providers.cli.proxy import checked_url
from mock_providers.cli.serve import bound, port_number, run_loop, serve


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "record", help="stand before an upstream and write a cassette of what passes"
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--upstream", metavar="URL", help="base URL of the API to record")
    source.add_argument("--plan", metavar="FILE", type=Path, help="record the mocks by this plan")
    source.add_argument(
        "--cassette", metavar="FILE", type=Path, help="redact a cassette that vcrpy recorded"
    )
    parser.add_argument(
        "--out", metavar="PATH", type=Path, required=True, help="cassette; with --plan a folder"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=port_number, default=8080, help="port, 0 for a free one")
    parser.add_argument("--origin", choices=("live", "documented", "mock"), default="live")
    parser.add_argument("--shown-as", metavar="URL", help="base URL to write down instead")
    parser.add_argument(
        "--secret-env",
        action="append",
        default=[],
        metavar="NAME",
        help="an environment variable whose value must not reach the file; may be repeated",
    )
    parser.set_defaults(run=run, errors=(CassetteError,))


def run(options: argparse.Namespace) -> int:
    """Records until a signal comes, or all of a plan, or what another cassette holds."""
    if options.plan is not None:
        written = make_all(load_plan(options.plan), options.out)
        print(f"{len(written)} cassettes in {options.out}")
        return 0
    _check_new(options.out)
    secrets = [_value(name) for name in options.secret_env]
    if options.cassette is not None:
        count = len(write(options.out, read(options.cassette), secrets).interactions)
        print(f"{count} exchanges in {options.out}")
        return 0
    upstream = checked_url("--upstream", options.upstream)
    recorder = Recorder(
        upstream,
        options.out,
        origin=options.origin,
        shown_as=options.shown_as,
        secrets=secrets,
    )
    code = run_loop(serve(recorder, bound(options.host, options.port)))
    print(f"{recorder.count} exchanges in {options.out}")
    return code


def _check_new(path: Path) -> None:
    """Raises `UsageError` where nothing can be written, or something would be lost."""
    if path.exists():
        raise UsageError(f"--out {path}: is there already; remove it or name another file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {path}: {error.strerror}") from None


def _value(name: str) -> str:
    if not os.environ.get(name):
        raise UsageError(f"--secret-env {name}: this variable is not set")
    return os.environ[name]
