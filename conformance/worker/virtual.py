"""Virtual time over real sockets: an event loop whose clock jumps when nothing is under way.

Theory of operation. `VirtualLoop.time` stands still while callbacks run and jumps to the next
timer when, and only when, no byte is on its way: the selector reports nothing, no executor job
runs, no socket is connecting or blocked in writing, every byte sent has reached its receiver and
every close has, too. Then a wait of 300 s costs nothing and a delay measured in it is exact.

What is known of the kernel's side:

* ``SIOCOUTQ`` counts bytes sent and not acknowledged. Receivers acknowledge late (40 ms), so
  they are told to do it now (``TCP_QUICKACK``) before the count is believed.
* The bytes and the FIN of a socket that is already closed cannot be counted any more; its peer
  shows them: as long as they travel, it is still ``ESTABLISHED`` and has no partner here.

Limits. Both ends of every connection must live in this loop. A connect that is never accepted
and a writer blocked by a reader that does not read forbid the jump: real time passes until
`STUCK_SECONDS`, then `LoopStuckError`. A loop with neither a timer nor anything under way can
never wake again and raises it at once. Linux only.
"""

from __future__ import annotations

import asyncio
import fcntl
import selectors
import socket
import struct
import sys
import termios
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

AVAILABLE = sys.platform == "linux"
STUCK_SECONDS = 20.0
_POLL_SECONDS = 0.0005
_ESTABLISHED = 1  # tcpi_state, the first byte of struct tcp_info


class LoopStuckError(RuntimeError):
    """The loop waits for something that cannot happen."""


class _JumpingSelector(selectors.DefaultSelector):
    """Waits for I/O in real time while something is under way, else moves the clock."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        started: float | None = None
        while self._loop.under_way() or any(
            key.events & selectors.EVENT_WRITE for key in self.get_map().values()
        ):
            ready = super().select(_POLL_SECONDS)
            if ready:
                return ready
            now = time.monotonic()
            started = now if started is None else started
            if now - started > STUCK_SECONDS:
                raise LoopStuckError(
                    f"no progress in {STUCK_SECONDS:g} s of real time: a connection that nobody "
                    "accepts, a writer whose reader does not read, or a thread that does not end"
                )
        ready = super().select(0)
        if not ready:
            self._loop.jump(timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """A selector loop with a clock of its own, which starts at 0."""

    def __init__(self) -> None:
        self._now = 0.0
        self._jobs = 0
        self.jumps = 0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self._now

    def jump(self, timeout: float | None) -> None:
        """Moves the clock to the next timer. Raises `LoopStuckError` where there is none."""
        if timeout is None:
            raise LoopStuckError("every task waits and no timer, socket or thread can wake one")
        due: float = self._scheduled[0].when()  # type: ignore[attr-defined]
        self._now = max(self._now, due)
        self.jumps += 1

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        self._jobs += 1
        future: asyncio.Future[T] = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._job_done)
        return future

    async def shutdown_default_executor(self, *timeout: float | None) -> None:
        self._jobs += 1
        try:
            await super().shutdown_default_executor(*timeout)
        finally:
            self._jobs -= 1

    def _job_done(self, _: asyncio.Future[Any]) -> None:
        self._jobs -= 1

    def under_way(self) -> bool:
        """Whether a thread works, or bytes or a close travel between sockets of this loop."""
        if self._jobs:
            return True
        sockets = list(self._stream_sockets())
        if any(_unacknowledged(sock) for sock in sockets):
            for sock in sockets:
                _acknowledge(sock)
            if any(_unacknowledged(sock) for sock in sockets):
                return True
        pairs = {_pair(sock): sock for sock in sockets}
        return any(
            (peer, local) not in pairs and _established(sock)
            for (local, peer), sock in pairs.items()
        )

    def _stream_sockets(self) -> Iterator[socket.socket]:
        transports = self._transports  # type: ignore[attr-defined]
        for transport in list(transports.values()):
            sock = transport.get_extra_info("socket")
            if sock is None or sock.fileno() < 0 or sock.type != socket.SOCK_STREAM:
                continue
            if sock.family in {socket.AF_INET, socket.AF_INET6}:
                yield sock


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs ``main`` in a fresh virtual loop, then cancels what it left and closes the loop."""
    loop = VirtualLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main)


def _unacknowledged(sock: socket.socket) -> int:
    try:
        return int(struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"))[0])
    except OSError:
        return 0


def _acknowledge(sock: socket.socket) -> None:
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    except OSError:
        return


def _pair(sock: Any) -> tuple[Any, Any]:
    try:
        return sock.getsockname()[:2], sock.getpeername()[:2]
    except OSError:
        return None, None


def _established(sock: socket.socket) -> bool:
    try:
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _ESTABLISHED
    except OSError:
        return False
