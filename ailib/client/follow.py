"""Answers that are made later: asks for the job until it is over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from ailib.classify import parse_body
from ailib.client.release import release
from ailib.clock import Clock
from ailib.manifest.later import Later
from ailib.resilience import Watchdog
from ailib.transport import HttpRequest, HttpResponse, Timeouts, Transport


@dataclass(frozen=True, slots=True)
class Held:
    """An answer whose body was read already."""

    status: int
    headers: dict[str, str]
    body: bytes

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, in one piece."""
        yield self.body

    async def aclose(self) -> None:
        """Nothing is open."""


async def follow(
    later: Later,
    first: HttpRequest,
    response: HttpResponse,
    transport: Transport,
    timeouts: Timeouts,
    clock: Clock,
    dog: Watchdog,
    *,
    stream: bool,
) -> HttpResponse:
    """The answer that the job of ``response`` ends in, or the stream of it; also the first that
    is an error by its status. Raises `MalformedResponseError` for a job without an address, and
    what the transport and the timeouts raise."""
    while True:
        body = await _read(response, dog)
        request = later.next(parse_body(body), first, stream=stream)
        if request is None:
            return Held(response.status, response.headers, body)
        streamed = ("accept", "text/event-stream") in request.headers
        with dog:
            if not streamed:
                await clock.sleep(later.every)
            response = await transport.send(request, timeouts)
        if streamed or not 200 <= response.status < 300:
            return response


async def _read(response: HttpResponse, dog: Watchdog) -> bytes:
    body = bytearray()
    chunks = response.chunks()
    try:
        with dog:
            while (chunk := await anext(chunks, None)) is not None:
                body += chunk
    except BaseException:
        await release(response)
        raise
    await response.aclose()
    return bytes(body)
