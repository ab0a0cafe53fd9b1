"""The socket under the answer, for faults that HTTP has no word for.

uvicorn's own protocol classes, with one addition: each request's scope carries a `Hook` under
``scope["extensions"]["mock.transport"]``. Through it an answer can wait until the other side's
kernel has taken every byte, write beneath the chunks, half-close, and reset.

An empty buffer of the transport is not enough before a cut: under a slow reader the bytes still
stand in the kernel's queue, and a reset throws them away. `Hook.flush` therefore waits for the
kernel's queue of unacknowledged bytes too (Linux ``SIOCOUTQ``, macOS ``SO_NWRITE``; elsewhere only
the buffer is known).
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Literal

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_providers.clock import Clock

EXTENSION = "mock.transport"
_SO_NWRITE = 0x1024
_LINGER_NOT = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""``SO_LINGER`` on, zero seconds: closing the socket resets the connection."""
_SPINS = 50
_LONGEST_WAIT = 0.02

if sys.platform == "linux":
    import fcntl
    import termios

    def unacknowledged(sock: Any) -> int:
        """Bytes the other side's kernel has not taken yet."""
        try:
            packed = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
        except OSError:
            return 0
        return int(struct.unpack("i", packed)[0])

elif sys.platform == "darwin":

    def unacknowledged(sock: Any) -> int:
        """Bytes the other side's kernel has not taken yet."""
        try:
            return int(sock.getsockopt(socket.SOL_SOCKET, _SO_NWRITE))
        except OSError:
            return 0

else:

    def unacknowledged(sock: Any) -> int:  # noqa: ARG001 - no such question on this platform
        """Always 0: this platform does not tell."""
        return 0


class Hook:
    """What an answer may do to its own connection. One a request; never kept beyond it."""

    __slots__ = ("_cycle", "_gone")

    def __init__(self, cycle: Any, gone: asyncio.Event) -> None:
        self._cycle = cycle
        self._gone = gone

    @property
    def closed(self) -> bool:
        """Whether the client has gone (or the connection was cut)."""
        return bool(self._cycle.disconnected or self._cycle.transport.is_closing())

    def write(self, data: bytes) -> None:
        """Writes bytes as they are, beneath HTTP's framing."""
        if not self.closed:
            self._cycle.transport.write(data)

    async def flush(self, clock: Clock) -> bool:
        """Waits until the client's kernel has every byte; `False` when the client went away."""
        transport = self._cycle.transport
        sock = transport.get_extra_info("socket")
        wait, turns = 0.001, 0
        while not self.closed:
            if not transport.get_write_buffer_size() and not unacknowledged(sock):
                return True
            # On loopback a few turns of the loop are enough. Only a slow reader needs real time.
            turns += 1
            if turns <= _SPINS:
                await asyncio.sleep(0)
            else:
                await clock.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
        return False

    async def sleep(self, seconds: float, clock: Clock) -> bool:
        """Waits, at most until the client has gone; `False` in that case."""
        if self.closed:
            return False
        sleeper = asyncio.ensure_future(clock.sleep(seconds))
        watcher = asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait({sleeper, watcher}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()
            watcher.cancel()
        return not self.closed

    async def gone(self) -> None:
        """Returns when the client has closed its side."""
        if not self.closed:
            await self._gone.wait()

    def leave(self) -> None:
        """Lets the answer end here. The server takes a client that has gone for an excuse, so it
        neither logs an unfinished answer nor writes a 500 into the connection."""
        self._cycle.disconnected = True

    async def cut(self, mode: Literal["fin", "rst"], clock: Clock) -> bool:
        """Closes the connection with FIN or RST when the client's kernel has every byte, and
        keeps the server from calling the answer unfinished; `False` when the client had gone."""
        if not await self.flush(clock):
            return False
        transport = self._cycle.transport
        self.leave()
        if mode == "rst":
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            transport.abort()
        else:
            if transport.can_write_eof():
                transport.write_eof()
            transport.close()
        return True


App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]


def _with_hook(app: App, gone: asyncio.Event) -> App:
    """The application, its scopes furnished with the hook."""

    def hooked(scope: MutableMapping[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        # uvicorn passes a bound method of the request's own cycle.
        hook = Hook(send.__self__, gone)
        extensions = scope.get("extensions")
        scope["extensions"] = {**extensions, EXTENSION: hook} if extensions else {EXTENSION: hook}
        return app(scope, receive, send)

    return hooked


class _Hooked(asyncio.Protocol):
    """What both protocol classes get: the hook in each scope, and word of the client's leaving."""

    app: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        gone = self._client_gone = asyncio.Event()
        self.app = _with_hook(self.app, gone)

    def connection_lost(self, exc: Exception | None) -> None:
        self._client_gone.set()
        super().connection_lost(exc)


class HookedH11Protocol(_Hooked, H11Protocol):
    """uvicorn's h11 protocol with the hook in each scope."""


class HookedProtocol(_Hooked, HttpToolsProtocol):
    """uvicorn's httptools protocol with the hook in each scope."""
