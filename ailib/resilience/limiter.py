"""The rate limit of one provider and model: a token bucket, and the provider's own budgets.

The bucket is kept as one time, the moment at which it will be full again (GCRA): each request
moves it on by one period, and may go when it is less than a bucket's worth ahead. Times are
computed, never accumulated in small steps, so waits come out exact. Waiting callers stand in one
queue with one timer for its head; nothing sleeps while holding anything, and a caller that is
cancelled has taken no token.
"""

from __future__ import annotations

import asyncio
from collections import deque

from ailib.clock import Clock, Timer
from ailib.errors import BackpressureError
from ailib.errors import standard_codes as codes
from ailib.resilience.config import RateLimiterConfig


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
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: Timer | None = None

    def wait_time(self) -> float:
        """Seconds that a request made now would wait."""
        now = self._clock.monotonic()
        ahead = len(self._waiting) * self._period
        return max(0.0, max(self._full_at - self._burst, self._blocked_until) + ahead - now)

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
        self._blocked_until = max(self._blocked_until, self._clock.monotonic() + seconds)
        if self._waiting:
            self._arm()

    async def acquire(self) -> None:
        """Takes one token, waiting for it in turn. Raises `BackpressureError` (E2001, with
        ``retry_after``) at once where the wait would be longer than ``max_wait``."""
        wait = self.wait_time()
        if not wait and not self._waiting:
            self._take(self._clock.monotonic())
            return
        if wait > self.config.max_wait:
            raise BackpressureError(
                f"the rate limit lets no request through for {wait:g} s",
                standard_code=codes.E2001,
                retry_after=wait,
                hint=f"longer than rate_limit.max_wait ({self.config.max_wait:g} s)",
            )
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if len(self._waiting) == 1:
            self._arm()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting.remove(turn)
            else:
                self._full_at -= self._period
            self._arm()
            raise

    def _take(self, now: float) -> None:
        self._full_at = max(self._full_at, now) + self._period

    def _arm(self) -> None:
        """Sets the timer for the head of the queue."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        due = max(self._full_at - self._burst, self._blocked_until)
        delay = max(0.0, due - self._clock.monotonic())
        self._timer = self._clock.call_later(delay, lambda: self._admit(due))

    def _admit(self, due: float) -> None:
        """Lets the head through. ``due`` is used where the timer fired a rounding error early."""
        self._timer = None
        turn = next((turn for turn in self._waiting if not turn.done()), None)
        if turn is not None:
            self._waiting.remove(turn)
            self._take(max(due, self._clock.monotonic()))
            turn.set_result(None)
        self._arm()
