"""Serves recorded exchanges byte-exactly on a loopback socket, cut as asked for.

The base URL of an exchange is ``<url>/<exchange id>/<way>``; whatever path the client adds behind
it, the answer is the recorded one. A streamed answer goes out in HTTP chunks of exactly the
pieces, so that the client's transport sees the same cuts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

from tests.traffic.exchanges import Exchange, pieces


@asynccontextmanager
async def serve(exchanges: Mapping[str, Exchange]) -> AsyncIterator[str]:
    """The server's URL while it runs on the current loop."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while path := await _request_path(reader):
                _, exchange_id, way, *_ = path.split("/", 3)
                writer.write(_response(exchanges[exchange_id], way))
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


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


def _response(exchange: Exchange, way: str) -> bytes:
    headers = dict(exchange.headers)
    parts = pieces(exchange, way.replace("-", " "))
    if exchange.stream:
        headers["transfer-encoding"] = "chunked"
        body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    else:
        headers["content-length"] = str(len(exchange.body))
        body = b"".join(parts)
    status = f"HTTP/1.1 {exchange.status} {HTTPStatus(exchange.status).phrase}\r\n"
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return (status + fields + "\r\n").encode("latin-1", "replace") + body
