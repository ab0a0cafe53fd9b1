"""The state of a client's resilience at one moment, for routing and health pages."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ailib.resilience.breaker import CircuitBreaker, CircuitState
from ailib.resilience.inflight import InflightLimit
from ailib.resilience.limiter import RateLimiter


@dataclass(frozen=True, slots=True)
class SignalsSnapshot:
    """``inflight``, ``rate_limiter`` and ``circuit_breaker`` are dicts, ``None`` where that part
    is off (``inflight`` counts always). ``timestamp``: UTC seconds. Times inside are seconds
    unless their name says ms."""

    timestamp: float
    provider: str
    model: str
    inflight: dict[str, Any]
    rate_limiter: dict[str, Any] | None
    circuit_breaker: dict[str, Any] | None

    @property
    def circuit_state(self) -> str:
        """closed, open, half_open, or disabled."""
        breaker = self.circuit_breaker
        return CircuitState.DISABLED.value if breaker is None else str(breaker["state"])

    @property
    def current_inflight(self) -> int:
        """Calls in flight."""
        return int(self.inflight["in_use"])

    @property
    def rate_remaining(self) -> float | None:
        """Requests that may go at once; ``None`` without a limit."""
        limiter = self.rate_limiter
        return None if limiter is None else limiter["tokens_available"]

    @property
    def is_healthy(self) -> bool:
        """Whether a call made now would go out without waiting."""
        full = self.inflight["available"] == 0
        throttled = self.rate_limiter is not None and self.rate_limiter["is_throttled"]
        return self.circuit_state != CircuitState.OPEN.value and not full and not throttled

    @property
    def health_score(self) -> float:
        """0 (open breaker) to 1: half for a half-open breaker, half for a throttled limiter,
        times the free share of the in-flight places down to a half."""
        if self.circuit_state == CircuitState.OPEN.value:
            return 0.0
        score = 0.5 if self.circuit_state == CircuitState.HALF_OPEN.value else 1.0
        if self.rate_limiter is not None and self.rate_limiter["is_throttled"]:
            score *= 0.5
        return score * (1.0 - 0.5 * float(self.inflight["utilization"]))

    def to_dict(self) -> dict[str, Any]:
        """All fields and the derived ones, ready for JSON."""
        return asdict(self) | {
            "circuit_state": self.circuit_state,
            "current_inflight": self.current_inflight,
            "is_healthy": self.is_healthy,
            "health_score": self.health_score,
        }


def inflight_signals(limit: InflightLimit) -> dict[str, Any]:
    """max_concurrent, available (``None`` without a limit), in_use, utilization (0 to 1)."""
    most = limit.config.max_concurrent if limit.config else None
    return {
        "max_concurrent": most,
        "available": None if most is None else most - limit.in_use,
        "in_use": limit.in_use,
        "utilization": 0.0 if most is None else limit.in_use / most,
    }


def limiter_signals(limiter: RateLimiter | None) -> dict[str, Any] | None:
    """tokens_available, max_tokens, refill_rate (requests a second), is_throttled, wait_ms;
    ``None`` for the tokens where only the provider's budgets are watched."""
    if limiter is None:
        return None
    limited = limiter.config.requests_per_second > 0
    wait = limiter.wait_time()
    return {
        "tokens_available": limiter.tokens_available() if limited else None,
        "max_tokens": limiter.config.capacity if limited else None,
        "refill_rate": limiter.config.requests_per_second,
        "is_throttled": wait > 0,
        "wait_ms": wait * 1000,
    }


def breaker_signals(breaker: CircuitBreaker | None, now: float) -> dict[str, Any] | None:
    """state, failure_count, failure_threshold, success_count, last_failure_time (monotonic),
    cooldown_remaining_ms."""
    if breaker is None:
        return None
    return {
        "state": breaker.state.value,
        "failure_count": breaker.failure_count,
        "failure_threshold": breaker.config.failure_threshold,
        "success_count": breaker.success_count,
        "last_failure_time": breaker.last_failure_time,
        "cooldown_remaining_ms": breaker.cooldown_remaining(now) * 1000,
    }
