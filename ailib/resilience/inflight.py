"""How many calls may be in flight at once, first come first served.

A place is taken for the whole call: every attempt, and a stream until it ends. A place that
becomes free goes straight to the caller that waited longest; one that was cancelled or timed out
in the same moment passes it on, so no place is lost. Callers may live in several event loops.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque

from ailib.clock import Clock
from ailib.errors import BackpressureError
from ailib.resilience.config import BackpressureConfig

Place = asyncio.Future[None]


class InflightLimit:
    """Counts calls; with a configuration it limits them."""

    def __init__(self, config: BackpressureConfig | None, clock: Clock) -> None:
        self.config = config
        self._clock = clock
        self.in_use = 0
        self._waiting: deque[Place] = deque()
        self._lock = threading.Lock()

    async def acquire(self) -> None:
        """Takes a place. Raises `BackpressureError` after the queue timeout, or at once where the
        queue is full."""
        config = self.config
        with self._lock:
            if config is None or (self.in_use < config.max_concurrent and not self._waiting):
                self.in_use += 1
                return
            if config.max_queued is not None and len(self._waiting) >= config.max_queued:
                raise _refused(config, f"{len(self._waiting)} calls are waiting already")
            place: Place = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
        await self._wait(place, config)

    async def _wait(self, place: Place, config: BackpressureConfig) -> None:
        timer = None
        if config.queue_timeout is not None:
            timer = self._clock.call_later(config.queue_timeout, lambda: _give_up(place, config))
        try:
            await place
        except BaseException:
            with self._lock:
                queued = place in self._waiting
                if queued:
                    self._waiting.remove(place)
            if not queued and not place.cancelled() and place.exception() is None:
                self.release()
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def release(self) -> None:
        """Gives a place back."""
        with self._lock:
            if not self._waiting:
                self.in_use -= 1
                return
            place = self._waiting.popleft()
        loop = place.get_loop()
        if loop is _running_loop():
            self._give(place)
            return
        try:
            loop.call_soon_threadsafe(self._give, place)
        except RuntimeError:  # its loop is closed, nobody waits there any more
            self.release()

    def _give(self, place: Place) -> None:
        if place.done():
            self.release()
        else:
            place.set_result(None)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _give_up(place: Place, config: BackpressureConfig) -> None:
    if not place.done():
        reason = f"no place became free within {config.queue_timeout:g} s"
        place.set_exception(_refused(config, reason))


def _refused(config: BackpressureConfig, reason: str) -> BackpressureError:
    return BackpressureError(
        f"{config.max_concurrent} calls are in flight and {reason}",
        hint="raise max_inflight or the queue timeout, or send less at once",
    )
