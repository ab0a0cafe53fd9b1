"""One attempt: send the request, read the head, and read on until the answer has begun."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

from ailib.assemble import ResponseReader
from ailib.client.follow import follow
from ailib.client.release import release
from ailib.client.target import ModelTarget
from ailib.clock import Clock
from ailib.credentials import Redactor
from ailib.errors import AiLibError, RemoteError, TransportError
from ailib.manifest import CompiledApi
from ailib.resilience import Try, Watchdog
from ailib.transport import HttpRequest, HttpResponse, Timeouts, Transport
from ailib.types import ChatRequest, StreamingEvent

# An error body is read to this length; no provider's comes near it.
MOST_ERROR_BYTES = 1 << 20
# After the terminator, how long (seconds) the end of the body may be waited for, so that the
# connection can be used again.
LINGER = Timeouts(None, None, 0.1, None, None, None)


class Answer:
    """An answer that is being read. ``at_end``: nothing more will come of it."""

    def __init__(
        self,
        target: ModelTarget,
        http: HttpRequest,
        response: HttpResponse,
        reader: ResponseReader,
        dog: Watchdog,
        clock: Clock,
        redactor: Redactor,
        *,
        streamed: bool,
    ) -> None:
        self.target, self.url, self.streamed = target, http.url, streamed
        self.response, self.reader = response, reader
        self.at_end = False
        self.delivered = False
        self._dog, self._clock, self._redactor = dog, clock, redactor
        self._chunks: AsyncIterator[bytes] = response.chunks()
        self._body_read = self._ending = False
        self._failure: TransportError | None = None

    async def read_on(self) -> list[StreamingEvent]:
        """The events of the next bytes, perhaps none.

        Raises `RemoteError` for an error in the answer, `TransportError` where it breaks off or
        is too slow; ``partial`` is what was received.
        """
        try:
            events = await self._next()
        except AiLibError as error:
            if self.delivered and isinstance(error, TransportError):
                error.retryable = False
            error.request_id = error.request_id or self.reader.response.request_id
            raise tell(error, self.target, self._redactor) from None
        if events:
            self._dog.event()
            if has_begun(events):
                self._dog.content()
        return events

    async def _next(self) -> list[StreamingEvent]:
        if self._ending:
            return self._rest()
        try:
            with self._dog:
                chunk = await anext(self._chunks, None)
        except TransportError as error:
            self._failure = error
        else:
            if chunk is not None:
                events = self.reader.feed(chunk)
                self._ending, self.at_end = self.reader.done, self.reader.whole
                return events
        self._body_read = self._ending = True
        return self._rest()

    def _rest(self) -> list[StreamingEvent]:
        """What the reader still holds. What breaks behind the finish reason took nothing from
        the answer."""
        try:
            events = self.reader.close()
        except AiLibError:
            if self._failure is None:
                raise
            self._failure.partial = self.reader.response
            self._body_read = False
            raise self._failure from None
        self.at_end = self.reader.whole
        return events

    async def close(self) -> None:
        """Gives the connection back, or closes it where the body is not at its end."""
        if self.at_end and not self._body_read:
            await self._linger()
        self._dog.close()
        if self._body_read:
            await self.response.aclose()
        else:
            await release(self.response)

    async def _linger(self) -> None:
        """Waits a moment for the end of the body, which comes behind the terminator."""
        dog = Watchdog(self._clock, LINGER)
        with suppress(TransportError):
            try:
                with dog:
                    while await anext(self._chunks, None) is not None:
                        pass  # bytes behind the terminator mean nothing
                self._body_read = True
            finally:
                dog.close()


Begun = tuple[Answer, list[StreamingEvent]]
"""An answer and the events read of it so far."""


async def begin(
    request: ChatRequest,
    target: ModelTarget,
    transport: Transport,
    timeouts: Timeouts,
    clock: Clock,
    attempt: Try,
) -> Begun:
    """Sends ``request`` and reads until the first event that is more than metadata.

    A request that is not streamed is read to its end. Raises `RemoteError` for an error answer,
    `TransportError` where none comes, and what `ModelTarget.encode` raises.
    """
    redactor = target.redactor(request)
    try:
        api = target.api(request)
        answer = await _send(api, request, target, transport, timeouts, clock, attempt, redactor)
    except AiLibError as error:
        raise tell(error, target, redactor) from None
    events: list[StreamingEvent] = []
    try:
        while not answer.at_end and not (request.stream and has_begun(events)):
            events += await answer.read_on()
        if not request.stream:
            await answer.close()
    except BaseException:
        await answer.close()
        raise
    return answer, events


async def _send(
    api: CompiledApi,
    request: ChatRequest,
    target: ModelTarget,
    transport: Transport,
    timeouts: Timeouts,
    clock: Clock,
    attempt: Try,
    redactor: Redactor,
) -> Answer:
    http = target.encode(api, request)
    dog = Watchdog(clock, timeouts, attempt.started)
    response: HttpResponse | None = None
    try:
        with dog:
            response = await transport.send(http, timeouts)
        attempt.observe(response.headers)
        if 200 <= response.status < 300 and api.later is not None:
            response = await follow(
                api.later, http, response, transport, timeouts, clock, dog, stream=request.stream
            )
        if not 200 <= response.status < 300:
            raise await refusal(api, response, dog, clock.now())
        reader = api.reader(status=response.status, headers=response.headers, stream=request.stream)
        return Answer(target, http, response, reader, dog, clock, redactor, streamed=request.stream)
    except BaseException:
        dog.close()
        if response is not None:
            await release(response)
        raise


async def refusal(
    api: CompiledApi, response: HttpResponse, dog: Watchdog, now: float
) -> RemoteError:
    """The error that an answer with an error status is."""
    body = bytearray()
    chunks = response.chunks()
    # The status says enough where the body breaks off.
    with suppress(TransportError), dog:
        while len(body) < MOST_ERROR_BYTES and (chunk := await anext(chunks, None)):
            body += chunk
    if 300 <= response.status < 400:
        return RemoteError(
            f"the provider answered with a redirect ({response.status}), which is not followed",
            status_code=response.status,
            headers=response.headers,
            hint="set base_url to where the API is now",
        )
    return api.classify(response.status, response.headers, bytes(body), now=now)


def has_begun(events: list[StreamingEvent]) -> bool:
    """Whether there is an event that a user waits for."""
    return any(not event.is_metadata for event in events)


def tell(error: AiLibError, target: ModelTarget, redactor: Redactor) -> AiLibError:
    """The error with the place where it happened, and without secrets."""
    error.provider, error.model = target.name.provider, target.name.model
    redactor.error(error)
    return error
