"""``mock-providers serve``: all providers on one port, until a signal comes."""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from mock_providers.cli.errors import UsageError
from mock_providers.cli.workers import serve_workers
from mock_providers.fixtures import FixtureError
from mock_providers.limits import Pace, Quota
from mock_providers.profiles import ProfileError, load_profile_file
from mock_providers.server import MockApp, bind, build_app, listen

_GRACE = 2.0
"""Seconds that running answers get to end after a signal."""
_QUOTA = re.compile(r"([a-z0-9_-]+):([a-z_]+)=(\d+)(?:/(\d+(?:\.\d+)?))?")
_LOCAL = {"127.0.0.1", "localhost", "::1"}


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("serve", help="serve the providers until SIGINT or SIGTERM")
    one = parser.add_argument
    one("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    one("--port", type=port_number, default=8080, help="port, 0 for a free one (%(default)s)")
    one("--provider", action="append", metavar="NAME", help="serve only this one; repeatable")
    one("--profile", action="append", metavar="FILE", help="serve a profile of your own as well")
    one("--root", metavar="NAME", help="the provider that stands at / as well")
    one("--seed", type=int, default=0, help="seed of ids, texts and dice (%(default)s)")
    one("--api-key", action="append", metavar="KEY", help="a good key; repeatable (any)")
    one("--any-model", action="store_true", help="answer for unknown models too")
    one("--lenient", action="store_true", help="answer bad requests, note them in the journal")
    one("--fixtures", action="append", metavar="PATH", help="YAML file or folder; repeatable")
    one(
        "--on-miss",
        choices=["error", "generate"],
        default="error",
        help="what answers where no fixture fits (%(default)s)",
    )
    one(
        "--quota",
        action="append",
        metavar="PROVIDER:BUCKET=N[/SECONDS]",
        help="enforce a limit, as openai:requests=5/60; buckets: requests, tokens, concurrency …",
    )
    one("--ttft", type=_seconds, default=0.0, help="seconds to the first token")
    one("--tokens-per-second", type=_seconds, default=0.0, help="how fast answers are written")
    one("--jitter", type=_seconds, default=0.0, help="0 to 1: how much pauses vary")
    one("--control-token", metavar="TOKEN", help="what /_mock/ asks for (header X-Mock-Token)")
    one("--workers", type=_count, default=1, help="processes, each with its own journal (1)")
    parser.set_defaults(run=run)


def port_number(text: str) -> int:
    """The type of an option that names a port."""
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; expected 0 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number of 0 or more")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r}: expected 1 to 64 processes")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Serves; returns 0 after a signal."""
    app = make_app(options)
    sock = bound(options.host, options.port)
    if options.host not in _LOCAL and not options.control_token:
        print(
            f"mock-providers: warning: /_mock/ on {options.host} can be steered by anyone who"
            " reaches it; see --control-token",
            file=sys.stderr,
        )
    if options.workers > 1:
        return serve_workers(options, sock)
    return run_loop(serve(app, sock))


def bound(host: str, port: int) -> socket.socket:
    """A socket on this address. Raises `UsageError` where it cannot be had."""
    try:
        return bind(host, port)
    except OSError as error:
        raise UsageError(error.strerror or str(error)) from error


def make_app(options: argparse.Namespace) -> MockApp:
    """The application the options describe. Raises `UsageError` and its kin."""
    own = [load_profile_file(Path(path)) for path in options.profile or ()]
    try:
        app = build_app(
            options.provider,
            options.root,
            extra=own,
            seed=options.seed,
            api_keys=options.api_key or (),
            any_model=options.any_model,
            strict=not options.lenient,
            quotas=quotas(options.quota or ()),
            pace=Pace(options.ttft, options.tokens_per_second, min(options.jitter, 1.0)),
            fixtures=options.fixtures or (),
            on_miss=options.on_miss,
            control_token=options.control_token,
        )
    except (FixtureError, ProfileError) as error:
        raise UsageError(str(error)) from error
    for name in app.providers.quotas:
        if name not in app.providers:
            raise UsageError(f"--quota: provider {name!r} is not served here")
    return app


def quotas(texts: list[str] | tuple[()]) -> dict[str, dict[str, Quota]]:
    """Limits from the command line. Raises `UsageError`."""
    found: dict[str, dict[str, Quota]] = {}
    for text in texts:
        match = _QUOTA.fullmatch(text)
        if not match or int(match[3]) < 1:
            raise UsageError(f"--quota {text!r}: expected PROVIDER:BUCKET=N[/SECONDS]")
        provider, bucket, limit, window = match.groups()
        found.setdefault(provider, {})[bucket] = Quota(int(limit), float(window or 60))
    return found


def run_loop(main: Any) -> int:
    """Runs a coroutine on uvloop where it is there."""
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return int(asyncio.run(main))
    return int(uvloop.run(main))


async def serve(app: Any, sock: socket.socket, *, quiet: bool = False) -> int:
    """Serves on a bound socket until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(sign, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(sign, lambda *_: loop.call_soon_threadsafe(stop.set))
    listener = await listen(app, sock=sock)
    if not quiet:
        print(ready(sock), flush=True)
    await stop.wait()
    await listener.close(_GRACE)
    if not quiet:
        print("mock-providers stopped", file=sys.stderr)
    return 0


def ready(sock: socket.socket) -> str:
    """The line that says where the server is."""
    host, port = sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"mock-providers ready on http://{shown}:{port}"
