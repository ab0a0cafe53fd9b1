"""What the resilience of a client is set to: frozen values, checked when they are made.

Two spellings of the same thing, as the documents use both::

    ResilientConfig(max_retries=3, rate_limit_rps=10, circuit_breaker_threshold=5, max_inflight=50)
    ResilientConfig(retry=RetryConfig(max_retries=3), rate_limit=RateLimiterConfig.from_rps(10),
                    circuit_breaker=CircuitBreakerConfig(failure_threshold=5),
                    backpressure=BackpressureConfig(max_concurrent=50))

A part left out is off, except ``retry`` and ``timeouts``: those follow the manifest and the
defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from ailib.errors import ValidationError
from ailib.transport.base import Timeouts

Strategy = Literal["exponential_backoff", "linear_backoff", "fixed_delay", "none"]
Jitter = Literal["full", "equal", "none"]


def _require(holds: bool, field: str, expected: str, found: object) -> None:
    if not holds:
        raise ValidationError(f"{field} must be {expected}, not {found!r}")


def _at_least(field: str, value: object, low: float, *, whole: bool = False) -> None:
    number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    kind = "a whole number" if whole else "a number"
    _require(number and value >= low, field, f"{kind} of at least {low:g}", value)  # type: ignore[operator]


def _one_of(field: str, value: object, choices: tuple[str, ...]) -> None:
    _require(value in choices, field, f"one of {', '.join(choices)}", value)


_FROM_MANIFEST = ("max_retries", "min_delay_ms", "max_delay_ms", "jitter", "strategy")


@dataclass(frozen=True, slots=True)
class RetryConfig:
    """When and after how long a failed attempt is made again.

    The first retry is n = 1: with full jitter it waits between ``min_delay_ms`` and twice that
    (`ailib.resilience.retry.backoff`). ``retry_on_http_status`` and ``retry_on_error_code``
    (names or codes) replace the standard set, 408, 409, 429 and every 5xx; ``None`` leaves it.
    A provider that asks for more than ``max_hint_seconds`` gets no retry: the error is raised at
    once with its ``retry_after``.
    """

    max_retries: int = 3
    min_delay_ms: float = 1000
    max_delay_ms: float = 60_000
    jitter: Jitter = "full"
    strategy: Strategy = "exponential_backoff"
    retry_on_http_status: tuple[int, ...] | None = None
    retry_on_error_code: tuple[str, ...] | None = None
    max_hint_seconds: float = 120.0

    def __post_init__(self) -> None:
        _at_least("retry.max_retries", self.max_retries, 0, whole=True)
        _at_least("retry.min_delay_ms", self.min_delay_ms, 0)
        _at_least("retry.max_delay_ms", self.max_delay_ms, 0)
        _require(
            self.max_delay_ms >= self.min_delay_ms,
            "retry.max_delay_ms",
            f"at least retry.min_delay_ms ({self.min_delay_ms:g})",
            self.max_delay_ms,
        )
        _one_of("retry.jitter", self.jitter, get_args(Jitter))
        _one_of("retry.strategy", self.strategy, get_args(Strategy))
        _at_least("retry.max_hint_seconds", self.max_hint_seconds, 0)

    @classmethod
    def from_manifest(cls, policy: Mapping[str, Any] | None) -> RetryConfig:
        """A manifest's ``retry_policy``; the defaults where it has none.

        A policy without ``max_delay_ms`` is capped at 30 s (compliance cases res-001, res-004).
        """
        if not policy:
            return cls()
        known = {name: policy[name] for name in _FROM_MANIFEST if name in policy}
        statuses = policy.get("retry_on_http_status")
        names = (*policy.get("retry_on_error_code", ()), *policy.get("retry_on_error_status", ()))
        low = known.get("min_delay_ms", 0)
        return cls(
            **{"max_delay_ms": max(30_000, low)} | known,
            retry_on_http_status=None if statuses is None else tuple(statuses),
            retry_on_error_code=names or None,
        )

    def over(self, manifest: RetryConfig) -> RetryConfig:
        """This, with the manifest's lists of statuses and codes where it has none itself."""
        if self.retry_on_http_status is None and self.retry_on_error_code is None:
            return replace(
                self,
                retry_on_http_status=manifest.retry_on_http_status,
                retry_on_error_code=manifest.retry_on_error_code,
            )
        return self


@dataclass(frozen=True, slots=True)
class RateLimiterConfig:
    """A token bucket for each provider and model, and the provider's own budgets.

    ``requests_per_second`` 0 is unlimited; ``burst`` requests may go at once (default: one
    second's worth, at least 1). With ``adaptive`` a response whose headers say that nothing
    remains holds later requests until its reset, and so does a rate-limit error with a hint. A
    request that would wait more than ``max_wait`` seconds fails at once with ``retry_after``.
    """

    requests_per_second: float = 0.0
    burst: int | None = None
    adaptive: bool = True
    max_wait: float = 120.0

    def __post_init__(self) -> None:
        _at_least("rate_limit.requests_per_second", self.requests_per_second, 0)
        if self.burst is not None:
            _at_least("rate_limit.burst", self.burst, 1, whole=True)
        _at_least("rate_limit.max_wait", self.max_wait, 0)

    @classmethod
    def from_rps(cls, rps: float, burst: int | None = None) -> RateLimiterConfig:
        """So many requests a second."""
        return cls(requests_per_second=rps, burst=burst)

    @classmethod
    def from_rpm(cls, rpm: float, burst: int | None = None) -> RateLimiterConfig:
        """So many requests a minute."""
        _at_least("rate_limit.requests_per_minute", rpm, 0)
        return cls(requests_per_second=rpm / 60, burst=burst)

    @property
    def capacity(self) -> int:
        """Requests that may go at once."""
        return self.burst or max(1, int(self.requests_per_second))


RateLimitConfig = RateLimiterConfig
"""The name that older documents use."""


@dataclass(frozen=True, slots=True)
class CircuitBreakerConfig:
    """``failure_threshold`` consecutive provider failures open the breaker; after
    ``cooldown_seconds`` one probe goes through, and ``success_threshold`` probes close it."""

    failure_threshold: int = 5
    cooldown_seconds: float = 30.0
    success_threshold: int = 1

    def __post_init__(self) -> None:
        _at_least("circuit_breaker.failure_threshold", self.failure_threshold, 1, whole=True)
        _at_least("circuit_breaker.cooldown_seconds", self.cooldown_seconds, 0)
        _at_least("circuit_breaker.success_threshold", self.success_threshold, 1, whole=True)


@dataclass(frozen=True, slots=True)
class BackpressureConfig:
    """At most ``max_concurrent`` calls in flight, a stream until its end; a caller waits
    ``queue_timeout`` seconds for a place (``None``: for ever), in a queue of at most
    ``max_queued`` (``None``: any length)."""

    max_concurrent: int = 10
    queue_timeout: float | None = None
    max_queued: int | None = None

    def __post_init__(self) -> None:
        _at_least("backpressure.max_concurrent", self.max_concurrent, 1, whole=True)
        if self.queue_timeout is not None:
            _at_least("backpressure.queue_timeout", self.queue_timeout, 0)
        if self.max_queued is not None:
            _at_least("backpressure.max_queued", self.max_queued, 0, whole=True)


@dataclass(frozen=True, slots=True, init=False)
class ResilientConfig:
    """All of it. Each argument has a nested and a flat name; giving both is an error."""

    retry: RetryConfig | None
    rate_limit: RateLimiterConfig | None
    circuit_breaker: CircuitBreakerConfig | None
    backpressure: BackpressureConfig | None
    timeouts: Timeouts | None

    def __init__(
        self,
        retry: RetryConfig | None = None,
        rate_limit: RateLimiterConfig | None = None,
        circuit_breaker: CircuitBreakerConfig | None = None,
        backpressure: BackpressureConfig | None = None,
        timeouts: Timeouts | None = None,
        *,
        max_retries: int | None = None,
        rate_limit_rps: float | None = None,
        circuit_breaker_threshold: int | None = None,
        max_inflight: int | None = None,
    ) -> None:
        nested = (
            ("retry", retry, RetryConfig),
            ("rate_limit", rate_limit, RateLimiterConfig),
            ("circuit_breaker", circuit_breaker, CircuitBreakerConfig),
            ("backpressure", backpressure, BackpressureConfig),
            ("timeouts", timeouts, Timeouts),
        )
        for name, value, kind in nested:
            _require(value is None or isinstance(value, kind), name, f"a {kind.__name__}", value)
            object.__setattr__(self, name, value)
        if max_retries is not None:
            self._flat("max_retries", "retry", lambda: RetryConfig(max_retries))
        if rate_limit_rps is not None:
            self._flat(
                "rate_limit_rps", "rate_limit", lambda: RateLimiterConfig.from_rps(rate_limit_rps)
            )
        if circuit_breaker_threshold is not None:
            self._flat(
                "circuit_breaker_threshold",
                "circuit_breaker",
                lambda: CircuitBreakerConfig(circuit_breaker_threshold),
            )
        if max_inflight is not None:
            self._flat("max_inflight", "backpressure", lambda: BackpressureConfig(max_inflight))

    def _flat(self, short: str, name: str, build: Callable[[], object]) -> None:
        """Sets the part ``name`` from the flat argument ``short``."""
        if getattr(self, name) is not None:
            raise ValidationError(f"{short} and {name} say the same thing; give one of them")
        try:
            object.__setattr__(self, name, build())
        except ValidationError as error:
            raise ValidationError(f"{short}: {error.message}") from None

    @classmethod
    def default(cls) -> ResilientConfig:
        """Every part on, with its own defaults."""
        return cls(RetryConfig(), RateLimiterConfig(), CircuitBreakerConfig(), BackpressureConfig())

    @classmethod
    def minimal(cls) -> ResilientConfig:
        """Two retries and nothing else."""
        return cls(RetryConfig(max_retries=2))

    @classmethod
    def production(cls) -> ResilientConfig:
        """Three retries of 1 to 30 s, 10 requests a second, breaker 5 and 30 s, 10 in flight."""
        return cls(
            RetryConfig(max_retries=3, min_delay_ms=1000, max_delay_ms=30_000),
            RateLimiterConfig.from_rps(10),
            CircuitBreakerConfig(failure_threshold=5, cooldown_seconds=30),
            BackpressureConfig(max_concurrent=10),
        )

    def retry_for(self, manifest_policy: Mapping[str, Any] | None) -> RetryConfig:
        """The retry policy for one provider: the user's, else the manifest's, else the default."""
        manifest = RetryConfig.from_manifest(manifest_policy)
        return manifest if self.retry is None else self.retry.over(manifest)
