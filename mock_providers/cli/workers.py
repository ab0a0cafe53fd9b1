"""Several processes on one socket. Each has a journal, limits and attempts of its own."""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import signal
import socket
import sys
import threading
from multiprocessing.synchronize import Barrier
from typing import Any

_START_TIME = 60.0
_LOOK_EVERY = 0.2


def serve_workers(options: argparse.Namespace, sock: socket.socket) -> int:
    """Serves until a signal; 1 if a process died by itself."""
    from mock_providers.cli.serve import ready  # noqa: PLC0415 - the two need each other

    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(options.workers + 1)
    settings = {name: value for name, value in vars(options).items() if name != "run"}
    workers = [
        context.Process(target=_work, args=(settings, sock, barrier), daemon=True)
        for _ in range(options.workers)
    ]
    stop = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stop.set())
    for worker in workers:
        worker.start()
    barrier.wait(_START_TIME)
    print(ready(sock), flush=True)
    while not stop.wait(_LOOK_EVERY) and all(worker.is_alive() for worker in workers):
        pass
    code = 0 if stop.is_set() else 1
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()
    print(
        "mock-providers stopped" if not code else "mock-providers: a process died", file=sys.stderr
    )
    return code


def _work(settings: dict[str, Any], sock: socket.socket, barrier: Barrier) -> None:
    from mock_providers.cli.serve import make_app, run_loop, serve  # noqa: PLC0415

    # The terminal's Ctrl-C reaches the whole group; the parent says when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    app = make_app(argparse.Namespace(**settings))

    async def main() -> int:
        barrier.wait(_START_TIME)
        return await serve(app, sock, quiet=True)

    with contextlib.suppress(KeyboardInterrupt):
        run_loop(main())
