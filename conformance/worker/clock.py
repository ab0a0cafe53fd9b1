"""One clock for client and mocks: the loop's time, and UTC counted from a fixed epoch.

Both sides read the same instance, so HTTP dates, epoch hints and durations agree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class StageClock:
    """Loop time is 0 at the start of a case; UTC is ``epoch`` then."""

    def __init__(self, epoch: float) -> None:
        self._epoch = epoch

    def monotonic(self) -> float:
        """Seconds since the case began."""
        return asyncio.get_running_loop().time()

    def now(self) -> float:
        """UTC, seconds since 1970."""
        return self._epoch + self.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Waits on the loop."""
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Calls back once, from the loop."""
        return asyncio.get_running_loop().call_later(seconds, callback)
