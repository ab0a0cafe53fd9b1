"""The timeouts that the client keeps itself: first event, idle bytes, idle content, total.

Only waiting counts. A `Watchdog` is entered around each wait for the provider and left again
before the caller's code runs, so a slow consumer never times out::

    dog = Watchdog(clock, timeouts)
    with dog:
        response = await transport.send(request, timeouts)
    with dog:
        chunk = await anext(chunks)     # may raise RequestTimeoutError
    dog.content()                       # a text, reasoning or tool delta came: not a keep-alive

Until the first call of `event` the limit is ``first_event``; after it ``idle_bytes`` for each
wait, and ``idle_content`` for all waits since the last `content` together. ``total`` is a moment
on the clock and runs through everything, waits between attempts included.

One timer serves a whole stream: when it is due it looks whether a wait has really lasted that
long, and if not is set again. Ending a wait cancels the task and turns the cancellation into
`RequestTimeoutError`, by the rules of `asyncio.timeout`: a cancellation from outside stays one.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

from ailib.clock import Clock, Timer
from ailib.errors import RequestTimeoutError
from ailib.transport.base import Timeouts

_NEVER = float("inf")

_WHAT = {
    "first_event": "no event came within {:g} s of sending",
    "idle_bytes": "no bytes came for {:g} s",
    "idle_content": "no content came for {:g} s, only keep-alives",
    "total": "the call took longer than {:g} s",
}


class Watchdog:
    """Ends a wait that lasts too long. For one task at a time; not reentrant.

    ``started`` is the moment (monotonic) at which the call began, for ``timeouts.total``; now, by
    default.
    """

    def __init__(self, clock: Clock, timeouts: Timeouts, started: float | None = None) -> None:
        self._clock = clock
        self._timeouts = timeouts
        start = clock.monotonic()
        self._idle_bytes = _NEVER if timeouts.idle_bytes is None else timeouts.idle_bytes
        self._content_limit = _NEVER if timeouts.idle_content is None else timeouts.idle_content
        self._content_left = self._content_limit
        self._first_at = _NEVER if timeouts.first_event is None else start + timeouts.first_event
        began = start if started is None else started
        self._total_at = _NEVER if timeouts.total is None else began + timeouts.total
        self._waiting_for_first = True
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._entered_at = 0.0
        self._due = _NEVER
        self._phase = "total"
        self._expired = False
        self._timer: Timer | None = None
        self._timer_at = _NEVER

    @property
    def expired(self) -> bool:
        """Whether a limit has run out."""
        return self._expired

    def total_left(self) -> float | None:
        """Seconds left of the total timeout; ``None`` where there is none."""
        return None if self._total_at == _NEVER else self._total_at - self._clock.monotonic()

    def event(self) -> None:
        """The first event came: the idle limits hold from now on."""
        self._waiting_for_first = False

    def content(self) -> None:
        """Content came: ``idle_content`` starts anew."""
        self._waiting_for_first = False
        self._content_left = self._content_limit

    def close(self) -> None:
        """The last wait is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def __enter__(self) -> None:
        now = self._entered_at = self._clock.monotonic()
        self._set_due(now)
        if self._due <= now:
            self._expired = True
            raise self._error()
        if self._due < self._timer_at:
            self._arm(now)
        task = self._task = asyncio.current_task()
        if task is not None:
            self._cancelling = task.cancelling()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        if not self._waiting_for_first:
            self._content_left -= self._clock.monotonic() - self._entered_at
        if self._expired and task is not None:
            foreign = task.uncancel() > self._cancelling
            if not (foreign and kind is asyncio.CancelledError):
                raise self._error() from error

    def _set_due(self, now: float) -> None:
        """Which limit ends this wait, and when."""
        if self._waiting_for_first:
            self._due, self._phase = self._first_at, "first_event"
        elif self._content_left < self._idle_bytes:
            self._due, self._phase = now + self._content_left, "idle_content"
        else:
            self._due, self._phase = now + self._idle_bytes, "idle_bytes"
        if self._total_at < self._due:
            self._due, self._phase = self._total_at, "total"

    def _arm(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = self._due
        self._timer = self._clock.call_later(self._due - now, self._bark)

    def _bark(self) -> None:
        """The timer is due: end the wait, or wait on where it began later than that."""
        due, self._timer, self._timer_at = self._timer_at, None, _NEVER
        if self._task is None:
            return
        if self._due <= due:
            self._expired = True
            self._task.cancel()
        else:
            self._arm(self._clock.monotonic())

    def _error(self) -> RequestTimeoutError:
        seconds = getattr(self._timeouts, self._phase)
        retryable = False if self._phase == "total" else None
        return RequestTimeoutError(
            _WHAT[self._phase].format(seconds), phase=self._phase, seconds=seconds,
            retryable=retryable,
        )  # fmt: skip
