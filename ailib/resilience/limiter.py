"""The rate limit of one provider and model: a token bucket, and the provider's own budgets.

The bucket is kept as one time, the moment at which it will be full again (GCRA): a request may go
when that is less than a bucket's worth ahead, and moves it on by one period. Each caller reserves
its turn when it comes, so callers go in the order they came, and then waits for it by itself:
nothing is held while waiting, and callers may live in several event loops. A budget that turns out
to be used up moves all turns on. Times are computed, never added up in small steps, so waits come
out exact.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from dataclasses import dataclass

from ailib.clock import Clock
from ailib.errors import BackpressureError
from ailib.errors import standard_codes as codes
from ailib.resilience.config import RateLimiterConfig

# A timer may fire so much (seconds) early by rounding.
_ROUNDING = 1e-6


@dataclass(slots=True, eq=False)
class _Turn:
    """When a waiting caller may go."""

    due: float


class RateLimiter:
    """See the module."""

    def __init__(self, config: RateLimiterConfig, clock: Clock) -> None:
        self.config = config
        self._clock = clock
        rate = config.requests_per_second
        self._period = 1 / rate if rate else 0.0
        self._burst = self._period * (config.capacity - 1)
        self._full_at = 0.0
        self._blocked_until = 0.0
        self._turns: deque[_Turn] = deque()
        self._lock = threading.Lock()

    def wait_time(self) -> float:
        """Seconds that a request made now would wait."""
        now = self._clock.monotonic()
        return max(0.0, self._full_at - self._burst - now, self._blocked_until - now)

    def tokens_available(self) -> float:
        """Requests that may go at once; infinite where there is no limit."""
        if not self._period:
            return float("inf")
        ahead = max(0.0, self._full_at - self._clock.monotonic())
        return max(0.0, self.config.capacity - ahead / self._period)

    def block(self, seconds: float) -> None:
        """Lets nothing through for ``seconds``: the provider's budget is used up until then."""
        if not self.config.adaptive:
            return
        with self._lock:
            until = self._clock.monotonic() + seconds
            self._blocked_until = max(self._blocked_until, until)
            delay = self._blocked_until - self._turns[0].due if self._turns else 0.0
            if delay > 0:
                self._full_at += delay
                for turn in self._turns:
                    turn.due += delay

    async def acquire(self) -> None:
        """Takes one token, waiting for it in turn.

        Raises `BackpressureError` (E2001, with ``retry_after``) at once where the wait would be
        longer than ``max_wait``. A caller that is cancelled gives its turn back if nobody stands
        behind it; else that turn passes unused.
        """
        now = self._clock.monotonic()
        with self._lock:
            turn = self._reserve(now)
            if turn.due <= now:
                return
            self._turns.append(turn)
        try:
            while (wait := turn.due - self._clock.monotonic()) > _ROUNDING:
                await self._clock.sleep(wait)
        except asyncio.CancelledError:
            with self._lock:
                if self._turns[-1] is turn:
                    self._full_at -= self._period
            raise
        finally:
            with self._lock:
                self._turns.remove(turn)

    def _reserve(self, now: float) -> _Turn:
        due = max(now, self._full_at - self._burst, self._blocked_until)
        wait = due - now
        if wait > self.config.max_wait:
            raise BackpressureError(
                f"the rate limit lets no request through for {wait:g} s",
                standard_code=codes.E2001,
                retry_after=wait,
                hint=f"longer than rate_limit.max_wait ({self.config.max_wait:g} s)",
            )
        self._full_at = max(self._full_at, due) + self._period
        return _Turn(due)
