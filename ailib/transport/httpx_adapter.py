"""httpx and httpx2, which have the same interface.

The pool of the library is used below its client class: cookies, redirects, netrc and the log
line that shows the whole URL stay out of the way, and vcrpy, respx and pytest-httpx, which
patch this very method, work.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Callable
from functools import lru_cache, partial
from typing import Any

from ailib.errors import AiLibError, ConnectionFailedError, ValidationError
from ailib.transport import failures, quiet, tls
from ailib.transport.base import HttpRequest, HttpResponse, Timeouts
from ailib.transport.cancel_once import cancel_once
from ailib.transport.options import TransportOptions
from ailib.transport.per_loop import PerLoop

KNOWN_URLS = 64
# One pool for plain and one for encrypted targets, each direct or through a proxy.
Pools = dict[tuple[bool, str | None], Any]


class HttpxTransport:
    """``library`` is ``"httpx"`` or ``"httpx2"``; it is imported at the first request."""

    def __init__(self, library: str, options: TransportOptions) -> None:
        self._library, self._options = library, options
        self._pools: PerLoop[Pools] = PerLoop(dict, _close)
        self._httpx: Any = None
        self._url: Callable[[str], Any] = str

    async def send(self, request: HttpRequest, timeouts: Timeouts) -> HttpResponse:
        """See `ailib.transport.Transport.send`."""
        if self._httpx is None:
            self._httpx = importlib.import_module(self._library)
            # Taking a URL apart costs more than sending it; a client has few.
            self._url = lru_cache(maxsize=KNOWN_URLS)(self._httpx.URL)
            quiet.install(self._library.replace("httpx", "httpcore"))
        httpx = self._httpx
        pool = self._pool(await self._pools.get(), request.url)
        limits = {
            "connect": timeouts.connect,
            "pool": timeouts.pool,
            "read": None,
            "write": None,
        }
        failure: AiLibError
        own = quiet.OWN.set(True)
        try:
            sent = httpx.Request(
                request.method,
                self._url(request.url),
                headers=request.headers,
                content=request.body,
                extensions={"timeout": limits},
            )
            answer = await cancel_once(partial(pool.handle_async_request, sent))
            return _Response(answer, request.url)
        except httpx.ConnectTimeout:
            failure = failures.connect_timeout(request.url, timeouts.connect)
        except httpx.PoolTimeout:
            failure = failures.pool_timeout(request.url, timeouts.pool)
        except httpx.LocalProtocolError as exc:
            failure = ConnectionFailedError(
                f"the request cannot be sent: {failures.describe(exc, request.url)}",
                retryable=False,
                fallbackable=False,
            )
        except Exception as exc:  # what else a socket, TLS or the library may raise
            failure = failures.not_connected(request.url, exc)
        finally:
            quiet.OWN.reset(own)
        # Outside the handler: the library's exception holds the request with its key.
        raise failure

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._pools.aclose()

    def _pool(self, pools: Pools, url: str) -> Any:
        encrypted = url.startswith("https:")
        proxy = self._options.proxy_for(url)
        pool = pools.get((encrypted, proxy))
        if pool is None:
            pool = pools[encrypted, proxy] = self._new_pool(proxy, encrypted=encrypted)
        return pool

    def _new_pool(self, proxy: str | None, *, encrypted: bool) -> Any:
        options, httpx = self._options, self._httpx
        secure = encrypted or (proxy or "").startswith("https:")
        try:
            return httpx.AsyncHTTPTransport(
                verify=tls.context(options.verify, trust_env=options.trust_env)
                if secure
                else tls.unverified(),
                trust_env=False,
                proxy=proxy,
                limits=httpx.Limits(
                    max_connections=options.max_connections,
                    max_keepalive_connections=options.pool_size,
                    keepalive_expiry=options.idle_timeout,
                ),
            )
        except ImportError:
            pass
        raise ValidationError(
            f"{self._library} cannot use a SOCKS proxy without the package socksio",
            hint="pip install socksio",
        )


class _Response:
    """The answer, and the iterator over its bytes: no generator, see `cancel_once`."""

    __slots__ = ("_answer", "_next", "_stream", "_url", "headers", "status")

    def __init__(self, answer: Any, url: str) -> None:
        self._answer, self._url = answer, url
        self.status: int = answer.status_code
        self.headers: dict[str, str] = dict(answer.headers)
        # The undecoded stream is three generators shorter.
        encoded = "content-encoding" in self.headers
        self._stream: Any = aiter(answer.aiter_bytes() if encoded else answer.stream)
        self._next = partial(anext, self._stream, None)

    def chunks(self) -> AsyncIterator[bytes]:
        return self

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        failure: AiLibError
        try:
            chunk: bytes | None = await cancel_once(self._next)
        except Exception as exc:  # as in send
            failure = failures.broken(self._url, exc)
        else:
            if chunk is None:
                raise StopAsyncIteration
            return chunk
        raise failure

    async def aclose(self) -> None:
        await self._answer.aclose()
        await self._stream.aclose()


async def _close(pools: Pools) -> None:
    for pool in pools.values():
        await pool.aclose()
