"""A server that says exactly the bytes a test scripts, on a real socket.

`answer` is called with each request (head and body whole) and the `Line` to the client; what it
writes is flushed at once. Connections are counted, so that a test can say which are still open.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext


@dataclass
class Request:
    head: str
    body: bytes

    @property
    def path(self) -> str:
        return self.head.split(" ", 2)[1]

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None


@dataclass
class Line:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    go_on: asyncio.Event
    """For a test to say that the server may go on."""

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, content_type: str = "text/event-stream", status: str = "200 OK") -> None:
        await self.send(
            f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n"
            "X-Request-Id: req-1\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )

    async def chunk(self, data: bytes) -> None:
        await self.send(b"%x\r\n%s\r\n" % (len(data), data))

    async def end(self) -> None:
        await self.send(b"0\r\n\r\n")

    async def whole(
        self, body: bytes, status: str = "200 OK", content_type: str = "application/json"
    ) -> None:
        await self.send(
            f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )

    def reset(self) -> None:
        """Ends the connection with RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def until_client_closes(self) -> None:
        while await self.reader.read(65536):
            pass


Answer = Callable[[Request, Line], Awaitable[None]]


@dataclass
class WireServer:
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    opened: int = 0
    open: set[asyncio.Task[None]] = field(default_factory=set)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def until_open(self, count: int) -> None:
        """Waits until so many connections are open."""
        async with self.changed:
            await self.changed.wait_for(lambda: len(self.open) == count)


@asynccontextmanager
async def wire_server(answer: Answer, ssl: SSLContext | None = None) -> AsyncIterator[WireServer]:
    served = WireServer()

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        served.open.add(task)
        served.opened += 1
        async with served.changed:
            served.changed.notify_all()
        try:
            while request := await _read(reader):
                served.requests.append(request)
                await answer(request, Line(reader, writer, served.go_on))
                if writer.is_closing():
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            served.open.discard(task)
            async with served.changed:
                served.changed.notify_all()

    server = await asyncio.start_server(connection, "127.0.0.1", 0, ssl=ssl)
    served.url = f"{'https' if ssl else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield served
    finally:
        server.close()
        for task in list(served.open):
            task.cancel()
        await asyncio.gather(*served.open, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    request = Request(head, b"")
    return Request(head, await reader.readexactly(int(request.header("content-length") or 0)))
