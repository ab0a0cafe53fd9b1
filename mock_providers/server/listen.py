"""Listening without `uvicorn.Server`: its protocol class on `loop.create_server`.

`uvicorn.Server` needs 200 ms to stop and owns the signals; its protocol class needs neither. What
the class shares with a server (its set of connections and running answers) is kept here.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from mock_providers.faults import HookedH11Protocol, HookedProtocol

_GRACE = 1.0
"""Seconds that running answers get to end by themselves when the server stops."""
_BACKLOG = 2048

App = Callable[[Any, Any, Any], Awaitable[None]]


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


async def listen(
    app: App, host: str = "127.0.0.1", port: int = 0, sock: socket.socket | None = None
) -> Listener:
    """Serves ``app`` in the running loop; port 0 takes a free one. Raises `OSError`."""
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, ws="none", server_header=False,
        date_header=False, timeout_keep_alive=75,
    )  # fmt: skip
    config.load()
    protocol = (
        HookedProtocol
        if config.http_protocol_class.__name__ != "H11Protocol"
        else HookedH11Protocol
    )
    state = ServerState()
    loop = asyncio.get_running_loop()

    def connected() -> asyncio.Protocol:
        return protocol(config=config, server_state=state, app_state={}, _loop=loop)

    if sock is not None:
        server = await loop.create_server(connected, sock=sock, backlog=_BACKLOG)
    else:
        server = await loop.create_server(connected, host, port, backlog=_BACKLOG)
    return Listener(server, state)
