"""How many calls may be in flight at once, first come first served.

A place is taken for the whole call: every attempt, and a stream until it ends. A place that
becomes free goes straight to the caller that waited longest; one that was cancelled or timed out
in the same moment passes it on, so no place is lost.
"""

from __future__ import annotations

import asyncio
from collections import deque

from ailib.clock import Clock
from ailib.errors import BackpressureError
from ailib.resilience.config import BackpressureConfig


class InflightLimit:
    """Counts calls; with a configuration it limits them."""

    def __init__(self, config: BackpressureConfig | None, clock: Clock) -> None:
        self.config = config
        self._clock = clock
        self.in_use = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def acquire(self) -> None:
        """Takes a place. Raises `BackpressureError` after the queue timeout, or at once where the
        queue is full."""
        config = self.config
        if config is None or (self.in_use < config.max_concurrent and not self._waiting):
            self.in_use += 1
            return
        if config.max_queued is not None and len(self._waiting) >= config.max_queued:
            raise _refused(config, f"{len(self._waiting)} calls are waiting already")
        await self._wait(config)

    async def _wait(self, config: BackpressureConfig) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        timer = None
        if config.queue_timeout is not None:
            timer = self._clock.call_later(config.queue_timeout, lambda: _give_up(place, config))
        try:
            await place
        except BaseException:
            if place in self._waiting:
                self._waiting.remove(place)
            elif not place.cancelled() and place.exception() is None:
                self.release()
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def release(self) -> None:
        """Gives a place back."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self.in_use -= 1


def _give_up(place: asyncio.Future[None], config: BackpressureConfig) -> None:
    if not place.done():
        reason = f"no place became free within {config.queue_timeout:g} s"
        place.set_exception(_refused(config, reason))


def _refused(config: BackpressureConfig, reason: str) -> BackpressureError:
    return BackpressureError(
        f"{config.max_concurrent} calls are in flight and {reason}",
        hint="raise max_inflight or the queue timeout, or send less at once",
    )
