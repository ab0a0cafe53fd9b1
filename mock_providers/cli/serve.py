"""``mock-providers serve``: all providers on one port, until a signal comes."""

from __future__ import annotations

import argparse
import asyncio
import errno
import signal
import sys
from typing import Any

from mock_providers.cli.errors import UsageError
from mock_providers.server import build_app, listen

_GRACE = 2.0
"""Seconds that running answers get to end after a signal."""


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("serve", help="serve the providers until SIGINT or SIGTERM")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=_port, default=8080, help="port, 0 for a free one (8080)")
    parser.add_argument(
        "--provider", action="append", metavar="NAME", help="serve only this one; may be repeated"
    )
    parser.add_argument("--root", metavar="NAME", help="the provider that stands at / as well")
    parser.add_argument("--seed", type=int, default=0, help="seed of ids, texts and dice (0)")
    parser.add_argument(
        "--api-key", action="append", metavar="KEY", help="a good key; may be repeated (any)"
    )
    parser.add_argument("--any-model", action="store_true", help="answer for unknown models too")
    parser.add_argument(
        "--lenient", action="store_true", help="answer bad requests, note them in the journal"
    )
    parser.set_defaults(run=run)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; expected 0 to 65535")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Serves; returns 0 after a signal."""
    app = build_app(
        options.provider,
        options.root,
        seed=options.seed,
        api_keys=options.api_key or (),
        any_model=options.any_model,
        strict=not options.lenient,
    )
    runner = _runner()
    return int(runner(_serve(app, options.host, options.port)))


def _runner() -> Any:
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return asyncio.run
    return uvloop.run


async def _serve(app: Any, host: str, port: int) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(sign, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(sign, lambda *_: loop.call_soon_threadsafe(stop.set))
    try:
        listener = await listen(app, host, port)
    except OSError as error:
        raise UsageError(_why(error, host, port)) from error
    shown = f"[{listener.host}]" if ":" in listener.host else listener.host
    print(f"mock-providers ready on http://{shown}:{listener.port}", flush=True)
    await stop.wait()
    await listener.close(_GRACE)
    print("mock-providers stopped", file=sys.stderr)
    return 0


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken; choose another with --port, or --port 0"
    if error.errno == errno.EACCES:
        return f"port {port} needs privileges; choose one from 1024 with --port"
    return f"cannot listen on {host}:{port}: {error.strerror or error}"
