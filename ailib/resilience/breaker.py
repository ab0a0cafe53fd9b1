"""The circuit breaker of one provider and model: a state machine without I/O or clock.

    closed ──(failure_threshold consecutive failures)──→ open
    open ──(cooldown over, next caller)──→ half_open, that caller is the probe
    half_open ──(success_threshold probes succeed)──→ closed
    half_open ──(a probe fails)──→ open

One probe at a time; other callers fail fast. Only the health of the provider counts: a refused
request or a cancelled call changes nothing but frees the probe's place. Every admission belongs to
the period it was made in, and its outcome counts in that period alone: a straggler from before the
trip neither closes nor re-opens anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from ailib.errors import AiLibError, CircuitOpenError, RequestTimeoutError, TransportError
from ailib.errors import standard_codes as codes
from ailib.resilience.config import CircuitBreakerConfig


class CircuitState(StrEnum):
    """Where the breaker stands; ``DISABLED`` where there is none."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    DISABLED = "disabled"


class Outcome(Enum):
    """What a finished call says about the provider."""

    SUCCESS = "success"
    FAILURE = "failure"
    NEUTRAL = "neutral"


_PROVIDER_FAILURES = (codes.E3001, codes.E3002, codes.E3003)


def outcome_of(error: BaseException | None) -> Outcome:
    """Network failures, 5xx, overload and timeouts are failures; a wait for our own connection
    pool, refused requests, rate limits, cancellation and foreign exceptions say nothing."""
    if error is None:
        return Outcome.SUCCESS
    if isinstance(error, RequestTimeoutError) and error.phase == "pool":
        return Outcome.NEUTRAL
    if isinstance(error, TransportError):
        return Outcome.FAILURE
    failed = isinstance(error, AiLibError) and error.standard_code in _PROVIDER_FAILURES
    return Outcome.FAILURE if failed else Outcome.NEUTRAL


@dataclass(frozen=True, slots=True)
class Admission:
    """The right to make one call; handed back with its outcome, once."""

    period: int


class CircuitBreaker:
    """See the module. Times are monotonic seconds given by the caller."""

    def __init__(self, config: CircuitBreakerConfig) -> None:
        self.config = config
        self.state = CircuitState.CLOSED
        self.failure_count = 0
        self.success_count = 0
        self.last_failure_time: float | None = None
        self._opened_at = 0.0
        self._period = 0
        self._probing = False

    def cooldown_remaining(self, now: float) -> float:
        """Seconds until a probe is let through; 0 unless open."""
        if self.state is not CircuitState.OPEN:
            return 0.0
        return max(0.0, self._opened_at + self.config.cooldown_seconds - now)

    def admit(self, now: float) -> Admission:
        """Lets a call through or raises `CircuitOpenError` with the seconds left."""
        if self.state is CircuitState.OPEN:
            wait = self.cooldown_remaining(now)
            if wait > 0:
                raise CircuitOpenError(
                    f"the circuit breaker is open for another {wait:g} s", retry_after=wait
                )
            self._enter(CircuitState.HALF_OPEN)
        if self.state is CircuitState.HALF_OPEN:
            if self._probing:
                raise CircuitOpenError("the circuit breaker is waiting for its probe")
            self._probing = True
        return Admission(self._period)

    def settle(self, admission: Admission, outcome: Outcome, now: float) -> None:
        """Takes an admission back with what became of the call."""
        if outcome is Outcome.FAILURE:
            self.last_failure_time = now
        if admission.period != self._period:
            return
        self._probing = False
        if outcome is Outcome.FAILURE:
            self.failure_count += 1
            half_open = self.state is CircuitState.HALF_OPEN
            if half_open or self.failure_count >= self.config.failure_threshold:
                self._opened_at = now
                self._enter(CircuitState.OPEN)
        elif outcome is Outcome.SUCCESS and self.state is CircuitState.HALF_OPEN:
            self.success_count += 1
            if self.success_count >= self.config.success_threshold:
                self._enter(CircuitState.CLOSED)
        elif outcome is Outcome.SUCCESS:
            self.failure_count = 0

    def _enter(self, state: CircuitState) -> None:
        """A new period: outcomes of calls admitted before no longer count."""
        self.state = state
        self._period += 1
        self._probing = False
        self.success_count = 0
        if state is CircuitState.CLOSED:
            self.failure_count = 0
