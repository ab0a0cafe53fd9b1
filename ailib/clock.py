"""Time, injected: the only way this library learns the time or waits.

`monotonic` and `now` advance together from one epoch, so that durations, HTTP dates and epoch
hints agree. The default reads the running event loop's own time, which makes a virtual-time
loop carry the whole client with it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A callback that is due."""

    def cancel(self) -> None:
        """It will not be called; a second time does nothing."""


class Clock(Protocol):
    """Monotonic seconds, UTC seconds since 1970, and waiting."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""

    def now(self) -> float:
        """UTC, seconds since the epoch."""

    async def sleep(self, seconds: float) -> None:
        """Waits; ``0`` yields to other tasks."""

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Calls back once, from the event loop, after ``seconds``."""


class LoopClock:
    """The clock of the running event loop; `now` is anchored once to the wall clock."""

    def __init__(self, epoch: float | None = None) -> None:
        self._epoch = epoch
        self._offset: float | None = None

    def monotonic(self) -> float:
        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:  # outside a loop; asyncio's own loops go by the same
            return time.monotonic()

    def now(self) -> float:
        current = self.monotonic()
        if self._offset is None:
            self._offset = (time.time() if self._epoch is None else self._epoch) - current
        return current + self._offset

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(seconds, callback)
