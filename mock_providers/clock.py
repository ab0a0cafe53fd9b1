"""Time, injected: the only way the mocks learn the time or wait.

`monotonic` and `now` advance together from one epoch, so that `Retry-After` dates, rate-limit
resets and delays agree. The default reads the running loop's own time: under a virtual-time loop
the whole server jumps with it.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Monotonic seconds, UTC seconds since 1970, and waiting."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""

    def now(self) -> float:
        """UTC, seconds since the epoch."""

    async def sleep(self, seconds: float) -> None:
        """Waits; ``0`` yields to other tasks."""


class LoopClock:
    """The clock of the running event loop. ``epoch`` is UTC at the first look, by default the
    wall clock's."""

    def __init__(self, epoch: float | None = None) -> None:
        self._epoch = epoch
        self._offset: float | None = None

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def now(self) -> float:
        current = self.monotonic()
        if self._offset is None:
            self._offset = (time.time() if self._epoch is None else self._epoch) - current
        return current + self._offset

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SteppedClock:
    """Time that passes only in `sleep`, and there at once: an answer with its pauses, recorded
    with nobody waiting. ``epoch`` is UTC at the start."""

    def __init__(self, epoch: float = 0.0) -> None:
        self._epoch = epoch
        self._elapsed = 0.0

    def monotonic(self) -> float:
        return self._elapsed

    def now(self) -> float:
        return self._epoch + self._elapsed

    async def sleep(self, seconds: float) -> None:
        self._elapsed += seconds
        await asyncio.sleep(0)
