"""Listening without `uvicorn.Server`: its protocol class on `loop.create_server`.

`uvicorn.Server` needs 200 ms to stop and owns the signals; its protocol class needs neither. What
the class shares with a server (its set of connections and running answers) is kept here.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from mock_providers.faults import HookedH11Protocol, HookedProtocol

_BACKLOG = 2048
_KEEP_ALIVE = 75
LARGEST_HEAD = 64 * 1024
"""Bytes a request line with all headers may have, give or take one read of the socket."""
_HEAD_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)

App = Callable[[Any, Any, Any], Awaitable[None]]


class _Guarded(HookedProtocol):
    """httptools keeps headers of any length; this cuts a request off whose head is too long."""

    _head = 0
    _in_head = True

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head += len(data)
            if self._head > LARGEST_HEAD + len(data):
                self.transport.write(_HEAD_TOO_LARGE)
                self.transport.close()
                return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head, self._head = True, 0
        super().on_message_complete()


class Listener:
    """A listening socket and the connections it took."""

    def __init__(self, server: asyncio.Server, state: ServerState) -> None:
        self._server = server
        self._state = state
        self.host, self.port = server.sockets[0].getsockname()[:2]

    async def close(self, grace: float = 0.0) -> None:
        """Stops listening, lets running answers end for ``grace`` seconds, cuts the rest."""
        self._server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        tasks = list(self._state.tasks)
        if tasks and grace > 0:
            await asyncio.wait(tasks, timeout=grace)
        for connection in list(self._state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Transports report their end in the next turn of the loop.
        await asyncio.sleep(0)


def bind(host: str, port: int) -> socket.socket:
    """A bound socket. Raises `OSError`, whose text says what is wrong and what to do."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sock = socket.socket(family, kind, protocol)
    except OSError as error:
        raise OSError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
    if sys.platform != "win32":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(address)
    except OSError as error:
        sock.close()
        raise OSError(error.errno, _why(error, host, port)) from error
    return sock


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken; choose another with --port, or --port 0"
    if error.errno == errno.EACCES:
        return f"port {port} needs privileges; choose one from 1024 with --port"
    return f"cannot listen on {host}:{port}: {error.strerror or error}"


async def listen(
    app: App, host: str = "127.0.0.1", port: int = 0, sock: socket.socket | None = None
) -> Listener:
    """Serves ``app`` in the running loop; port 0 takes a free one. Raises `OSError`."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        ws="none",
        server_header=False,
        proxy_headers=False,
        interface="asgi3",
        date_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
    )
    config.load()
    fast = config.http_protocol_class is not H11Protocol
    protocol = _Guarded if fast else HookedH11Protocol
    state = ServerState()
    loop = asyncio.get_running_loop()

    def connected() -> asyncio.Protocol:
        return protocol(config=config, server_state=state, app_state={}, _loop=loop)

    sock = bind(host, port) if sock is None else sock
    server = await loop.create_server(connected, sock=sock, backlog=_BACKLOG)
    return Listener(server, state)
