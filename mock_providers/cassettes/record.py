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
from mock_providers.cassettes.serving import Asked, answer, read_request, refuse, with_faults
from mock_providers.cassettes.vcr import write
from mock_providers.clock import Clock, LoopClock
from mock_providers.faults import Attempts, FaultPlan, FaultSyntaxError, Send, cut, deliver, refusal

_HOP_BY_HOP = frozenset(
    {
        "accept-encoding", "connection", "content-encoding", "content-length", "host", "keep-alive",
        "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
        "upgrade",
    }
)  # fmt: skip


class Recorder:
    """An ASGI application in front of an upstream.

    ``upstream`` is its base URL; ``path`` the cassette; ``shown_as`` the base URL to write down
    instead (an answer of a mock is recorded under the address of the API it stands for);
    ``secrets`` further texts that must not reach the file. Without a cassette it is a proxy for
    faults: those that a request carries, and those of ``always``, act on the upstream's answer.
    `close` when done.
    """

    def __init__(
        self,
        upstream: str,
        path: Path | None,
        *,
        origin: Origin = "live",
        shown_as: str | None = None,
        secrets: Iterable[str] = (),
        always: FaultPlan | None = None,
        seed: int = 0,
        clock: Clock | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._upstream = upstream.rstrip("/")
        self._shown_as = (shown_as or upstream).rstrip("/")
        self._path = path
        self._origin = origin
        self._secrets = tuple(secrets)
        self._always = always
        self._attempts = Attempts()
        self._seed = seed
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
        asked = await read_request(scope, receive)
        try:
            if self._path is None:
                asked = with_faults(asked, self._attempts, self._seed, self._always)
        except FaultSyntaxError as error:
            await refuse(send, scope, error, self._clock)
            return
        started = self._clock.monotonic()
        try:
            upstream = await self._client.send(self._request(scope, asked), stream=True)
        except httpx.TransportError as error:
            head, frames = refusal(502, f"the upstream did not answer: {type(error).__name__}")
            await deliver(send, scope, head, frames, (), self._clock)
            return
        on_the_way = None if asked.active else send
        try:
            chunks, end = await self._hear(upstream, on_the_way, scope, started)
        finally:
            await upstream.aclose()
        response = self._response(upstream, chunks, end)
        self._keep(asked, response)
        if asked.active:
            await answer(send, scope, response, asked.active, self._clock, speed=1.0)

    def _request(self, scope: MutableMapping[str, Any], asked: Asked) -> httpx.Request:
        path = asked.inbound.path
        if scope.get("raw_path") and path == scope["path"]:
            path = scope["raw_path"].decode("latin-1")
        headers = asked.inbound.headers.items()
        kept = [(name, value) for name, value in headers if name not in _HOP_BY_HOP]
        return self._client.build_request(
            scope["method"],
            self._upstream + (f"{path}?{asked.query}" if asked.query else path),
            headers=[*kept, ("accept-encoding", "identity")],
            content=asked.inbound.body,
        )

    async def _hear(
        self,
        upstream: httpx.Response,
        send: Send | None,
        scope: MutableMapping[str, Any],
        last: float,
    ) -> tuple[tuple[Chunk, ...], End]:
        """The pieces as they come, each handed on at once, and how the upstream ended."""
        if send is not None:
            raw = upstream.headers.raw
            kept = [(n, v) for n, v in raw if n.lower().decode() not in _HOP_BY_HOP]
            start = {"type": "http.response.start", "status": upstream.status_code}
            await send({**start, "headers": kept})
        chunks: list[Chunk] = []
        end: End = "done"
        try:
            async for data in upstream.aiter_bytes():
                now = self._clock.monotonic()
                chunks.append(Chunk(data, round(now - last, 6)))
                last = now
                if send is not None:
                    await send({"type": "http.response.body", "body": data, "more_body": True})
        except httpx.ReadError:
            end = "rst"
        except httpx.RemoteProtocolError:
            end = "fin"
        if send is not None and end == "done":
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        elif send is not None and end != "done":
            await cut(scope, end, self._clock)
        return tuple(chunks), end

    def _response(self, upstream: httpx.Response, chunks: tuple[Chunk, ...], end: End) -> Response:
        dropped = {"content-encoding"} | ({"content-length"} if end == "done" else set())
        headers = tuple((n, v) for n, v in upstream.headers.multi_items() if n not in dropped)
        today = datetime.datetime.fromtimestamp(self._clock.now(), datetime.UTC).date()
        return Response(
            upstream.status_code,
            upstream.reason_phrase,
            headers,
            chunks,
            self._origin,
            today.isoformat(),
            end,
        )

    def _keep(self, asked: Asked, response: Response) -> None:
        if self._path is None:
            return
        inbound = asked.inbound
        headers = tuple(inbound.headers.items())
        uri = self._shown_as + asked.target
        request = Request(inbound.method, uri, headers, inbound.body)
        self._interactions.append(Interaction(request, response))
        write(self._path, Cassette(tuple(self._interactions)), self._secrets)
