"""A streamed answer, event by event.

Every way out gives the connection back: the end, an error, `CancelToken.cancel` (at once, also
while the first byte or a retry is waited for), `aclose`, leaving an ``async with``, a cancelled
task, and dropping the object.

Two objects, so that dropping works: `ChatStream` is all that a user holds; `Reading` is what the
generator behind it works on, and neither the generator nor the token refers to the `ChatStream`.
When that goes, the generator goes, and the event loop closes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from types import AsyncGeneratorType
from typing import cast

from ailib.client.attempt import Begun
from ailib.client.cancel import CancelToken
from ailib.client.closing import AsyncClosing
from ailib.client.interrupt import Interrupt, InterruptedWait
from ailib.client.release import start_release
from ailib.client.stats import CallStats, Meter
from ailib.errors import CallCancelledError
from ailib.resilience import Lease
from ailib.types import ChatResponse, StreamEnd, StreamingEvent

Open = Callable[[], Awaitable[Lease[Begun]]]


class Reading:
    """The state of one stream: opened by ``open_call``, read by `events`."""

    def __init__(self, open_call: Open, meter: Meter, token: CancelToken | None) -> None:
        self._open_call, self._token = open_call, token
        self.meter = meter
        self._lease: Lease[Begun] | None = None
        self._settled = self._was_cancelled = False
        self.abandoned = False
        self.over = asyncio.Event()
        self.interrupt = Interrupt()
        self.interrupt.between = self._drop

    @property
    def response(self) -> ChatResponse:
        """All that was received so far."""
        received = self._lease.value[0].reader.response if self._lease else ChatResponse()
        if not self._was_cancelled:
            return received
        ends = (
            replace(c, finish_reason=c.finish_reason or "cancelled") for c in received.candidates
        )
        return replace(received, candidates=tuple(ends))

    async def events(self) -> AsyncGenerator[StreamingEvent, None]:
        """The events, one `StreamEnd` last; what fails is raised."""
        self.meter.start()
        forget = self._token.on_cancel(self.interrupt.ring) if self._token else None
        try:
            try:
                with self.interrupt:
                    self._lease = await self._open_call()
                self.meter.opened(self._lease)
                answer, events = self._lease.value
                while True:
                    for event in events:
                        if self.interrupt.rung:
                            raise InterruptedWait
                        answer.delivered = True
                        if isinstance(event, StreamEnd):
                            self._settle(None, event.finish_reason)
                        yield event
                    if answer.at_end:
                        break
                    with self.interrupt:
                        events = await answer.read_on()
            except InterruptedWait:
                await self._release()
            else:
                return
            if not self.abandoned:
                yield self._cancelled()
        except BaseException as error:
            self._settle(error)
            raise
        finally:
            if forget is not None:
                forget()
            await self._release()
            self.over.set()

    def _cancelled(self) -> StreamEnd:
        self._was_cancelled = True
        if self._lease is None:
            return StreamEnd("cancelled")
        return self._lease.value[0].reader.cancel()

    def _drop(self) -> None:
        """Closes the upstream at once, where the token is cancelled between two steps."""
        if self._lease is not None and not self._settled:
            self._settle(CallCancelledError("the call was cancelled"), "cancelled")
            start_release(self._lease.value[0].response)

    def _settle(self, error: BaseException | None, finish_reason: str | None = None) -> None:
        """The outcome is known: the place in flight is free, the figures are final."""
        if self._settled:
            return
        self._settled = True
        if self._lease is not None:
            self._lease.release(error)
        self.meter.ended(self.response, finish_reason)
        if error is not None:
            self.meter.failed(error)

    async def _release(self) -> None:
        self._settle(CallCancelledError("the stream was left before its end"), "cancelled")
        if self._lease is not None:
            await self._lease.value[0].close()


class ChatStream(AsyncClosing):
    """Iterate over it with ``async for``; the request is sent at the first step.

    Raises, from the iteration, what the call raises; ``partial`` of the error is what came
    before. Read by one task at a time; `aclose` and the token may be used from another one.
    ``async with`` closes it for sure, also where the variable outlives a ``break``.
    """

    def __init__(self, open_call: Open, meter: Meter, token: CancelToken | None) -> None:
        self._reading = Reading(open_call, meter, token)
        # What an async generator function gives; the abstract type does not know `ag_running`.
        self._events = cast(
            "AsyncGeneratorType[StreamingEvent, None]",
            self._reading.events(),
        )

    @property
    def stats(self) -> CallStats:
        """The figures of the call, filled while it is read."""
        return self._reading.meter.stats

    @property
    def response(self) -> ChatResponse:
        """All that was received so far."""
        return self._reading.response

    def __aiter__(self) -> ChatStream:
        return self

    def __anext__(self) -> Awaitable[StreamingEvent]:
        return self._events.__anext__()

    async def collect(self) -> ChatResponse:
        """Reads on to the end and gives the whole answer."""
        async for _ in self:
            pass
        return self.response

    async def aclose(self) -> None:
        """Ends the stream and closes the connection; a step that waits elsewhere ends too."""
        self._reading.abandoned = True
        if self._events.ag_running:
            self._reading.interrupt.ring()
            await self._reading.over.wait()
        else:
            await self._events.aclose()
