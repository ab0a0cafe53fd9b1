"""A streamed answer as a plain iterator.

A task in the background loop reads ahead into a queue, at most `AHEAD` events; so an event costs
no switch of threads while others are waiting already.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from queue import SimpleQueue

from ailib.client import CallStats
from ailib.client import ChatStream as AsyncChatStream
from ailib.client.closing import Closing
from ailib.sync.loop import BackgroundLoop
from ailib.types import ChatResponse, StreamingEvent

AHEAD = 256


class Pump:
    """Moves events from a stream to a queue; knows nothing of who reads them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, stream: AsyncChatStream) -> None:
        self.queue: SimpleQueue[StreamingEvent | BaseException | None] = SimpleQueue()
        self._loop, self._stream = loop, stream
        self._room = asyncio.Event()

    async def run(self) -> None:
        """To the end of the stream; an error goes into the queue as well, ``None`` is the end."""
        try:
            async for event in self._stream:
                self.queue.put(event)
                if self.queue.qsize() >= AHEAD:
                    self._room.clear()
                    await self._room.wait()
        except BaseException as error:  # raised where it is read
            self.queue.put(error)
        else:
            self.queue.put(None)

    def make_room(self) -> None:
        """The reader has taken an event."""
        if self.queue.qsize() == AHEAD // 2:
            self._loop.call_soon_threadsafe(self._room.set)


class ChatStream(Closing):
    """Iterate over it with ``for``; the request is sent at the first step.

    ``stats`` fill while reading, ``response`` is all that was received so far. Leaving the loop
    early closes the connection once the object is dropped; ``with`` or `close` do it at once.
    """

    def __init__(self, loop: BackgroundLoop, stream: AsyncChatStream) -> None:
        self._loop = loop
        self._stream = stream
        self._pump: Pump | None = None
        self._pumping: Future[None] | None = None
        self._closed = False

    @property
    def stats(self) -> CallStats:
        """The figures of the call, filled while it is read."""
        return self._stream.stats

    @property
    def response(self) -> ChatResponse:
        """All that was received so far."""
        return self._stream.response

    def __iter__(self) -> ChatStream:
        return self

    def __next__(self) -> StreamingEvent:
        if self._closed:
            raise StopIteration
        if self._pump is None:
            self._pump = Pump(self._loop.loop, self._stream)
            self._pumping = asyncio.run_coroutine_threadsafe(self._pump.run(), self._loop.loop)
        item = self._pump.queue.get()
        self._pump.make_room()
        if isinstance(item, StreamingEvent):
            return item
        self._closed = True
        if item is not None:
            raise item
        raise StopIteration

    def collect(self) -> ChatResponse:
        """Reads on to the end and gives the whole answer."""
        for _ in self:
            pass
        return self.response

    def close(self) -> None:
        """Ends the stream and closes the connection."""
        self._closed = True
        if self._pumping is not None:
            self._pumping.cancel()
        self._loop.run(self._stream.aclose())

    def __del__(self) -> None:
        pumping = getattr(self, "_pumping", None)
        if pumping is not None:
            pumping.cancel()
