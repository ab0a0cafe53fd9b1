"""A proxy that writes down what passes: bytes, pieces, times.

Each request goes to the upstream as it is, with two exceptions: the host, and no compression, so
that pieces stay what they were. The cassette is written after each exchange, so that an
interrupted recording keeps what it has.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, MutableMapping
from pathlib import Path
from typing import Any

import httpx

from mock_providers.cassettes.model import (
    Cassette,
    Chunk,
    End,
    Interaction,
    Origin,
    Request,
    Response,
)
from mock_providers.cassettes.vcr import write
from mock_providers.clock import Clock, LoopClock
from mock_providers.faults import Send, cut, deliver, refusal

_HOP_BY_HOP = frozenset(
    {
        "accept-encoding", "connection", "content-encoding", "content-length", "host", "keep-alive",
        "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
        "upgrade",
    }
)  # fmt: skip


class Recorder:
    """An ASGI application in front of an upstream.

    ``upstream`` is its base URL; ``shown_as`` the base URL to write down instead (an answer of a
    mock is recorded under the address of the API it stands for). ``secrets`` are further texts
    that must not reach the file. ``close`` when done.
    """

    def __init__(
        self,
        upstream: str,
        path: Path,
        *,
        origin: Origin = "live",
        shown_as: str | None = None,
        secrets: Iterable[str] = (),
        clock: Clock | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._upstream = upstream.rstrip("/")
        self._shown_as = (shown_as or upstream).rstrip("/")
        self._path = path
        self._origin = origin
        self._secrets = tuple(secrets)
        self._clock = clock or LoopClock()
        # Redirects are the client's own affair; no timeout, since the answer's pace is the point.
        self._client = httpx.AsyncClient(
            transport=transport, timeout=None, follow_redirects=False, trust_env=transport is None
        )
        self._interactions: list[Interaction] = []

    @property
    def count(self) -> int:
        """How many exchanges are written down."""
        return len(self._interactions)

    async def close(self) -> None:
        """Closes the connections to the upstream."""
        await self._client.aclose()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Send) -> None:
        """Passes one request on and its answer back."""
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"])
        target = _target(scope)
        sent = [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP]
        asked = self._client.build_request(
            scope["method"],
            self._upstream + target,
            headers=[*sent, ("accept-encoding", "identity")],
            content=body,
        )
        started = self._clock.monotonic()
        try:
            answer = await self._client.send(asked, stream=True)
        except httpx.TransportError as error:
            head, frames = refusal(502, f"the upstream did not answer: {type(error).__name__}")
            await deliver(send, scope, head, frames, (), self._clock)
            return
        try:
            chunks, end = await self._pass_on(answer, send, scope, started)
        finally:
            await answer.aclose()
        shown = Request(scope["method"], self._shown_as + target, headers, body)
        self._interactions.append(Interaction(shown, self._response(answer, chunks, end)))
        write(self._path, Cassette(tuple(self._interactions)), self._secrets)

    async def _pass_on(
        self, answer: httpx.Response, send: Send, scope: MutableMapping[str, Any], last: float
    ) -> tuple[tuple[Chunk, ...], End]:
        """Hands each piece on as it comes; the pieces, and how the upstream ended."""
        kept = [(n, v) for n, v in answer.headers.raw if n.lower().decode() not in _HOP_BY_HOP]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
        chunks: list[Chunk] = []
        end: End = "done"
        try:
            async for data in answer.aiter_bytes():
                now = self._clock.monotonic()
                chunks.append(Chunk(data, round(now - last, 6)))
                last = now
                await send({"type": "http.response.body", "body": data, "more_body": True})
        except httpx.ReadError:
            end = "rst"
        except httpx.RemoteProtocolError:
            end = "fin"
        if end == "done":
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await cut(scope, end, self._clock)
        return tuple(chunks), end

    def _response(self, answer: httpx.Response, chunks: tuple[Chunk, ...], end: End) -> Response:
        dropped = {"content-encoding"} | ({"content-length"} if end == "done" else set())
        headers = tuple((n, v) for n, v in answer.headers.multi_items() if n not in dropped)
        today = datetime.datetime.fromtimestamp(self._clock.now(), datetime.UTC).date()
        return Response(
            answer.status_code,
            answer.reason_phrase,
            headers,
            chunks,
            self._origin,
            today.isoformat(),
            end,
        )


def _target(scope: MutableMapping[str, Any]) -> str:
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path
