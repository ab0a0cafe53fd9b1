"""The one seam between the client and the network.

A transport sends one request and hands back the head of the answer with its bytes still to
come. It knows no provider, does not retry, does not follow redirects to another host, and
raises only `TransportError` and its kinds.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request ready for the wire. Its ``repr`` shows neither headers, query nor body: any of
    them may hold a key."""

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The six timeouts in seconds; ``None`` waits for ever.

    ``connect`` and ``pool`` are the transport's business; the other four are kept by the client
    on the injected clock: ``first_event`` from sending to the first event, ``idle_bytes``
    between bytes, ``idle_content`` between text, reasoning or tool deltas (keep-alives do not
    count), ``total`` over all attempts.
    """

    connect: float | None = 10.0
    pool: float | None = 10.0
    first_event: float | None = 120.0
    idle_bytes: float | None = 60.0
    idle_content: float | None = 120.0
    total: float | None = None


class HttpResponse(Protocol):
    """The head of an answer, and its bytes."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> dict[str, str]:
        """Header names in lower case; repeated ones joined by a comma."""

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives, content encoding undone. Raises `ConnectionFailedError` where
        the connection breaks."""

    async def aclose(self) -> None:
        """Releases the connection; closes it where the body was not read to its end."""


class Transport(Protocol):
    """Something that can send requests."""

    async def send(self, request: HttpRequest, timeouts: Timeouts) -> HttpResponse:
        """Sends and waits for the head of the answer. Raises `ConnectionFailedError` or
        `RequestTimeoutError` (phase connect or pool)."""

    async def aclose(self) -> None:
        """Closes all connections."""
