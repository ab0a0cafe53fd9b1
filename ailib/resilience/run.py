"""The one owner of retries: runs attempts until one has begun to answer.

    place in flight ─┬─ for each target ─┬─ for each attempt ── breaker → rate limit → attempt
                     │                   └─ failed: Retry after a delay, Fallback, or Raise
                     └─ answered: a `Lease` keeps the place and the breaker's admission until the
                        stream has ended

An attempt returns once the first event is there (or the whole response), so nothing that a user
has seen is ever asked for again; what happens after that is the lease's to report.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import random as uniform
from types import TracebackType
from typing import Generic, TypeVar

from ailib.clock import Clock
from ailib.errors import AiLibError, RemoteError
from ailib.errors import standard_codes as codes
from ailib.hints import exhausted_for
from ailib.resilience.breaker import CircuitBreaker, Outcome, outcome_of
from ailib.resilience.config import ResilientConfig, RetryConfig
from ailib.resilience.inflight import InflightLimit
from ailib.resilience.limiter import RateLimiter
from ailib.resilience.retry import Fallback, Raise, Retry, decide
from ailib.resilience.signals import (
    SignalsSnapshot,
    breaker_signals,
    inflight_signals,
    limiter_signals,
)
from ailib.resilience.timeouts import Watchdog
from ailib.transport.base import Timeouts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """What a breaker and a rate limit belong to."""

    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt as its function sees it: ``number`` over all targets (from 1), ``started``
    the monotonic moment the call began, and `observe` for the headers of the response."""

    number: int
    started: float
    _observe: Callable[[Mapping[str, str]], None]

    def observe(self, headers: Mapping[str, str]) -> None:
        """Tells the rate limit what the response's headers (lower case) say remains."""
        self._observe(headers)


@dataclass(frozen=True, slots=True)
class Target(Generic[T]):
    """A model that may answer. ``attempt`` sends once and returns after the first event; it
    raises `AiLibError`. ``retry`` is the policy (`ResilientConfig.retry_for`),
    ``rate_limit_headers`` the manifest's table of header names."""

    key: Key
    attempt: Callable[[Try], Awaitable[T]]
    retry: RetryConfig = field(default_factory=RetryConfig)
    rate_limit_headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """An attempt that failed, and the seconds waited after it (``None``: the last on its
    target)."""

    key: Key
    error: AiLibError
    delay: float | None


@dataclass(slots=True)
class _State:
    """What is kept for one provider and model."""

    breaker: CircuitBreaker | None
    limiter: RateLimiter | None


class _Call:
    """One call: when it began, its total timeout, what failed so far."""

    def __init__(self, started: float, dog: Watchdog | None) -> None:
        self.started = started
        self.dog = dog
        self.failures: list[Failed] = []

    def tell(self, error: AiLibError) -> None:
        """Puts on the error what the caller should know of the attempts before it."""
        error.attempts = max(1, len(self.failures))
        for failed in self.failures:
            if failed.error is not error:
                error.add_note(
                    f"before it {failed.key.provider}/{failed.key.model}: "
                    f"{failed.error.standard_code} {failed.error.message}"
                )


class Lease(Generic[T]):
    """An answer that has begun: its ``value``, who gave it, what failed before.

    `release` gives the place in flight back and tells the breaker what became of the call; once,
    however often it is called. As a context manager it releases with the error that leaves it.
    """

    def __init__(
        self,
        value: T,
        key: Key,
        failures: tuple[Failed, ...],
        on_release: Callable[[BaseException | None], None],
    ) -> None:
        self.value = value
        self.key = key
        self.failures = failures
        self._on_release: Callable[[BaseException | None], None] | None = on_release

    @property
    def attempts(self) -> int:
        """Attempts made, this one included."""
        return len(self.failures) + 1

    def release(self, error: BaseException | None = None) -> None:
        """The call has ended: well, or with ``error`` (a cancellation is one)."""
        on_release, self._on_release = self._on_release, None
        if on_release is not None:
            on_release(error)

    def __enter__(self) -> T:
        return self.value

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release(error)


class Resilience:
    """The state shared by all calls of one client. ``random``: uniform in [0, 1)."""

    def __init__(
        self, config: ResilientConfig, clock: Clock, random: Callable[[], float] = uniform
    ) -> None:
        self.config = config
        self._clock = clock
        self._random = random
        self._inflight = InflightLimit(config.backpressure, clock)
        self._states: dict[Key, _State] = {}
        # Calls may come from several event loops, each in a thread of its own.
        self._lock = threading.Lock()
        total = config.timeouts.total if config.timeouts else None
        self._timeouts = Timeouts(None, None, None, None, None, total)

    async def open(self, targets: Sequence[Target[T]]) -> Lease[T]:
        """The first answer of the targets, asked in order.

        Raises the last target's `AiLibError` (``attempts`` counts those of all targets, a note
        names each failure before it), `CircuitOpenError`, `BackpressureError`, or
        `RequestTimeoutError` where the total timeout ends first.
        """
        started = self._clock.monotonic()
        dog = None
        if self._timeouts.total is not None:
            dog = Watchdog(self._clock, self._timeouts, started)
        call = _Call(started, dog)
        try:
            if dog is None:
                return await self._open(targets, call)
            with dog:
                return await self._open(targets, call)
        except AiLibError as error:
            call.tell(error)
            raise
        finally:
            if dog is not None:
                dog.close()

    async def _open(self, targets: Sequence[Target[T]], call: _Call) -> Lease[T]:
        await self._inflight.acquire()
        try:
            for target in targets:
                match await self._ask(target, call):
                    case Lease() as lease:
                        return lease
                    case Raise():
                        break
            raise call.failures[-1].error
        except BaseException:
            self._inflight.release()
            raise

    async def _ask(self, target: Target[T], call: _Call) -> Lease[T] | Fallback | Raise:
        """One target with its retries."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._attempt(target, call)
            except AiLibError as error:
                failure = error
            decision = decide(
                failure,
                attempt,
                target.retry,
                random=self._random,
                remaining=call.dog.total_left() if call.dog else None,
            )
            if not isinstance(decision, Retry):
                call.failures.append(Failed(target.key, failure, None))
                return decision
            call.failures.append(Failed(target.key, failure, decision.delay))
            await self._clock.sleep(decision.delay)

    async def _attempt(self, target: Target[T], call: _Call) -> Lease[T]:
        state = self.state(target.key)

        def observe(headers: Mapping[str, str]) -> None:
            if state.limiter is not None:
                wait = exhausted_for(headers, self._clock.now(), target.rate_limit_headers)
                if wait is not None:
                    state.limiter.block(wait)

        settle = self._admitted(state)
        sent = False
        try:
            if state.limiter is not None:
                await state.limiter.acquire()
            sent = True
            value = await target.attempt(Try(len(call.failures) + 1, call.started, observe))
        except BaseException as error:
            timed_out = sent and call.dog is not None and call.dog.expired
            settle(Outcome.FAILURE if timed_out else outcome_of(error))
            if isinstance(error, RemoteError):
                observe(error.headers)
                if error.standard_code == codes.E2001 and error.retry_after and state.limiter:
                    state.limiter.block(error.retry_after)
            raise

        def release(error: BaseException | None) -> None:
            self._inflight.release()
            settle(outcome_of(error))

        return Lease(value, target.key, tuple(call.failures), release)

    def _admitted(self, state: _State) -> Callable[[Outcome], None]:
        """Asks the breaker; gives what its answer is settled with."""
        breaker = state.breaker
        if breaker is None:
            return lambda _: None
        with self._lock:
            admission = breaker.admit(self._clock.monotonic())

        def settle(outcome: Outcome) -> None:
            with self._lock:
                breaker.settle(admission, outcome, self._clock.monotonic())

        return settle

    def state(self, key: Key) -> _State:
        """The breaker and the limiter of a provider and model, made at first use."""
        state = self._states.get(key)
        if state is None:
            breaker, limit = self.config.circuit_breaker, self.config.rate_limit
            made = _State(
                breaker=CircuitBreaker(breaker) if breaker else None,
                limiter=RateLimiter(limit, self._clock) if limit else None,
            )
            state = self._states.setdefault(key, made)
        return state

    def signals_snapshot(self, key: Key) -> SignalsSnapshot:
        """How things stand for one provider and model."""
        state = self.state(key)
        return SignalsSnapshot(
            timestamp=self._clock.now(),
            provider=key.provider,
            model=key.model,
            inflight=inflight_signals(self._inflight),
            rate_limiter=limiter_signals(state.limiter),
            circuit_breaker=breaker_signals(state.breaker, self._clock.monotonic()),
        )

    def reset(self) -> None:
        """Forgets breakers, buckets and budgets; calls in flight go on."""
        self._states.clear()
