"""aiohttp: the fast one where many requests run at once."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from ailib.errors import AiLibError, ValidationError
from ailib.transport import failures, tls
from ailib.transport.base import HttpRequest, HttpResponse, Timeouts
from ailib.transport.options import TransportOptions
from ailib.transport.per_loop import PerLoop

KNOWN_URLS = 64


@dataclass(slots=True)
class _Pool:
    """A session, and the slots for its connections.

    aiohttp's own limit is off: its timeout cannot tell a full pool from a host that is silent.
    """

    session: Any
    slots: asyncio.Semaphore


class AiohttpTransport:
    """aiohttp is imported at the first request."""

    def __init__(self, options: TransportOptions) -> None:
        self._options = options
        self._pools: PerLoop[_Pool] = PerLoop(partial(_new_pool, options), _close)
        self._aiohttp: Any = None
        self._url: Callable[[str], Any] = str

    async def send(self, request: HttpRequest, timeouts: Timeouts) -> HttpResponse:
        """See `ailib.transport.Transport.send`."""
        if self._aiohttp is None:
            self._aiohttp = importlib.import_module("aiohttp")
            # Taking a URL apart costs more than a header; a client has few.
            url = partial(importlib.import_module("yarl").URL, encoded=True)
            self._url = lru_cache(maxsize=KNOWN_URLS)(url)
        proxy = self._options.proxy_for(request.url)
        if proxy is not None and proxy.startswith("socks"):
            raise ValidationError(
                "aiohttp cannot use a SOCKS proxy", hint="use transport='httpx' with socksio"
            )
        pool = await self._pools.get()
        await _acquire(pool.slots, request.url, timeouts.pool)
        answer: HttpResponse | None = None
        try:
            answer = await self._send(pool, request, timeouts, proxy)
        finally:
            if answer is None:
                pool.slots.release()
        return answer

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._pools.aclose()

    async def _send(
        self,
        pool: _Pool,
        request: HttpRequest,
        timeouts: Timeouts,
        proxy: str | None,
    ) -> HttpResponse:
        aiohttp, options = self._aiohttp, self._options
        secure = request.url.startswith("https:") or (proxy or "").startswith("https:")
        failure: AiLibError
        try:
            answer = await pool.session.request(
                request.method,
                self._url(request.url),
                headers=request.headers,
                data=request.body,
                allow_redirects=False,
                proxy=proxy,
                ssl=tls.context(options.verify, trust_env=options.trust_env) if secure else True,
                timeout=_connect_timeout(timeouts.connect),
            )
            return _Response(answer, pool.slots, request.url)
        except aiohttp.ConnectionTimeoutError:
            failure = failures.connect_timeout(request.url, timeouts.connect)
        except Exception as exc:  # what else a socket, TLS or the library may raise
            failure = failures.not_connected(request.url, exc)
        # Outside the handler: the library's exception holds the request with its key.
        raise failure


@lru_cache(maxsize=16)
def _connect_timeout(seconds: float | None) -> Any:
    aiohttp: Any = importlib.import_module("aiohttp")
    return aiohttp.ClientTimeout(total=None, sock_connect=seconds)


class _Response:
    __slots__ = ("_answer", "_slots", "_url", "headers", "status")

    def __init__(self, answer: Any, slots: asyncio.Semaphore, url: str) -> None:
        self._answer, self._url = answer, url
        self._slots: asyncio.Semaphore | None = slots
        self.status: int = answer.status
        headers: dict[str, str] = {}
        for name, value in answer.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        self.headers = headers

    def chunks(self) -> AsyncIterator[bytes]:
        return self

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        failure: AiLibError
        try:
            chunk: bytes = await self._answer.content.readany()
        except Exception as exc:  # as in send
            failure = failures.broken(self._url, exc)
        else:
            if chunk:
                return chunk
            self._release()
            raise StopAsyncIteration
        raise failure

    async def aclose(self) -> None:
        self._answer.close()  # gives the connection back where the body was read to its end
        self._release()

    def _release(self) -> None:
        slots, self._slots = self._slots, None
        if slots is not None:
            slots.release()


async def _acquire(slots: asyncio.Semaphore, url: str, seconds: float | None) -> None:
    if not slots.locked():
        await slots.acquire()
        return
    try:
        async with asyncio.timeout(seconds):
            await slots.acquire()
    except TimeoutError:
        pass
    else:
        return
    raise failures.pool_timeout(url, seconds)


def _new_pool(options: TransportOptions) -> _Pool:
    aiohttp: Any = importlib.import_module("aiohttp")
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=options.idle_timeout),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )
    return _Pool(session, asyncio.Semaphore(options.max_connections))


async def _close(pool: _Pool) -> None:
    await pool.session.close()
