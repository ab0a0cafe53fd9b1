"""A loopback server whose answers are bytes in tables, cut as asked for.

A streamed answer goes out in HTTP chunks of exactly the pieces, so that the client's transport
sees the same cuts.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True)
class Answer:
    """One answer; ``reset``: the connection is reset behind its pieces."""

    status: int
    headers: Mapping[str, str]
    pieces: Sequence[bytes]
    stream: bool
    reset: bool = False

    def head(self) -> bytes:
        """Status line and headers with the framing of this answer."""
        headers = dict(self.headers)
        if self.stream:
            headers["transfer-encoding"] = "chunked"
        else:
            headers["content-length"] = str(sum(map(len, self.pieces)))
        phrases = {status.value: status.phrase for status in HTTPStatus}
        first = f"HTTP/1.1 {self.status} {phrases.get(self.status, '')}\r\n"
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return (first + fields + "\r\n").encode("latin-1", "replace")

    def body(self) -> bytes:
        """The pieces with their framing, and the end of it unless the connection is reset."""
        if not self.stream:
            return b"".join(self.pieces)
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in self.pieces)
        return chunks if self.reset else chunks + b"0\r\n\r\n"


@asynccontextmanager
async def serve(find: Callable[[str], Answer]) -> AsyncIterator[str]:
    """The server's URL while it runs on the current loop; ``find`` gives a path's answer."""

    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.ensure_future(answer(reader, writer)))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while path := await _request_path(reader):
                found = find(path)
                writer.write(found.head() + found.body())
                await writer.drain()
                if found.reset:
                    _reset(writer)
                    return
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Closes with RST. The bytes before are the receiver's: it reads its queue first."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _request_path(reader: asyncio.StreamReader) -> str | None:
    """The path of the next request, its body read; ``None`` where the client has gone."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
    await reader.readexactly(int(fields.get("content-length", "0")))
    return first.split(" ")[1]
