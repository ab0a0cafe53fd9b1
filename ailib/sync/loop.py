"""The event loop of a process for those who have none: a thread, started at the first call."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from ailib.errors import ValidationError

T = TypeVar("T")

# How long the end of a program waits for connections to close.
STOP_SECONDS = 5.0


class BackgroundLoop:
    """An event loop in a daemon thread; `stop` ends it and closes what is open in it."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        started = threading.Event()
        self._thread = threading.Thread(
            target=self._main, args=(started,), name="ailib-loop", daemon=True
        )
        self._thread.start()
        started.wait()

    def _main(self, started: threading.Event) -> None:
        with asyncio.Runner() as runner:
            self.loop = runner.get_loop()
            self._over = asyncio.Event()
            started.set()
            runner.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        await self._over.wait()

    def stop(self) -> None:
        """Waits until the thread has ended, or a moment."""
        self.loop.call_soon_threadsafe(self._over.set)
        self._thread.join(STOP_SECONDS)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs ``work`` in the loop and blocks until it is done; interrupted, it is cancelled."""
        if threading.current_thread() is self._thread:
            work.close()
            raise ValidationError(
                "a blocking call inside the loop that has to serve it",
                hint="use ailib.AiClient in callbacks",
            )
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise


_lock = threading.Lock()
_current: BackgroundLoop | None = None


def background() -> BackgroundLoop:
    """The loop of this process. A forked child gets one of its own."""
    global _current  # noqa: PLW0603  # one a process is the point
    with _lock:
        if _current is None or _current.pid != os.getpid():
            _current = BackgroundLoop()
            atexit.register(_stop_at_exit, _current)
        return _current


def _stop_at_exit(loop: BackgroundLoop) -> None:
    if loop.pid == os.getpid():
        loop.stop()


def _after_fork() -> None:
    global _lock  # noqa: PLW0603  # another thread may have held it when the process forked
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
