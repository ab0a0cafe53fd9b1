"""``mock-providers proxy``: any upstream, with faults on its answers."""

from __future__ import annotations

import argparse
from typing import Any

from mock_providers.cassettes import CassetteError, Recorder
from mock_providers.cli.errors import UsageError
from mock_providers.cli.serve import bound, port_number, run_loop, serve
from mock_providers.faults import FaultPlan, FaultSyntaxError, parse


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("proxy", help="stand before an upstream and let answers fail")
    parser.add_argument("--upstream", metavar="URL", required=True, help="base URL of an API")
    parser.add_argument(
        "--fault", metavar="TEXT", default="", help="for every request, beside what it carries"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=port_number, default=8080, help="port, 0 for a free one")
    parser.add_argument("--seed", type=int, default=0, help="seed of the faults' dice (0)")
    parser.set_defaults(run=run, errors=(CassetteError,))


def run(options: argparse.Namespace) -> int:
    """Serves until a signal comes."""
    upstream = checked_url("--upstream", options.upstream)
    proxy = Recorder(upstream, None, always=_plan(options.fault), seed=options.seed)
    return run_loop(serve(proxy, bound(options.host, options.port)))


def checked_url(option: str, text: str) -> str:
    """The text, if it is an HTTP URL. Raises `UsageError`."""
    if not text.startswith(("http://", "https://")):
        raise UsageError(f"{option} {text!r}: expected http://… or https://…")
    return text


def _plan(text: str) -> FaultPlan:
    try:
        return parse(text)
    except FaultSyntaxError as error:
        raise UsageError(f"--fault: {error}") from None
