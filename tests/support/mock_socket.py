"""A one-answer server on uvicorn's protocol class with the hook, and a raw client.

The raw client sees what stands on the wire: bytes as they came, and how the connection ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from uvicorn.config import Config
from uvicorn.server import ServerState

from mock_providers.faults import HookedH11Protocol, HookedProtocol

PROTOCOLS = {"httptools": HookedProtocol, "h11": HookedH11Protocol}


@contextlib.asynccontextmanager
async def serving(app, protocol="httptools") -> AsyncIterator[int]:
    """The port of a server of this ASGI app in the running loop."""
    config = Config(app, log_config=None, lifespan="off", ws="none")
    config.load()
    state = ServerState()
    cls = PROTOCOLS.get(protocol, protocol)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: cls(config=config, server_state=state, app_state={}, _loop=loop),
        "127.0.0.1",
        0,
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.gather(*state.tasks, return_exceptions=True)
        await asyncio.sleep(0)


REQUEST = b"POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"


@dataclass
class Heard:
    """Bytes up to the end of the connection, and how it ended: eof, reset or open."""

    data: bytes
    end: str

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        """The body with its chunk framing taken off, as far as it is whole."""
        rest = self.data.partition(b"\r\n\r\n")[2]
        if b"transfer-encoding: chunked" not in self.head.lower():
            return rest
        out = b""
        while rest:
            line, _, rest = rest.partition(b"\r\n")
            size = int(line, 16)
            out += rest[:size]
            rest = rest[size + 2 :]
        return out

    @property
    def terminated(self) -> bool:
        return self.data.endswith(b"0\r\n\r\n")


async def ask(port: int, request: bytes = REQUEST, *, patience: float = 5.0) -> Heard:
    """All bytes of the answer. `open` when the connection stays open for a while after a whole
    answer, or for ``patience`` seconds within one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    data = b""
    try:
        while True:
            try:
                whole = _whole(data)
                more = await asyncio.wait_for(reader.read(65536), 0.1 if whole else patience)
            except ConnectionResetError:
                return Heard(data, "reset")
            except TimeoutError:
                return Heard(data, "open")
            if not more:
                return Heard(data, "eof")
            data += more
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _whole(data: bytes) -> bool:
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        return False
    length = re.search(rb"content-length: (\d+)", head.lower())
    return len(body) >= int(length[1]) if length else data.endswith(b"0\r\n\r\n")
