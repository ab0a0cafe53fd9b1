"""Retry, breaker, rate limit, in-flight limit, fallback, timeouts; time only through the clock."""

from ailib.resilience.breaker import CircuitBreaker, CircuitState, Outcome, outcome_of
from ailib.resilience.config import (
    BackpressureConfig,
    CircuitBreakerConfig,
    RateLimitConfig,
    RateLimiterConfig,
    ResilientConfig,
    RetryConfig,
)
from ailib.resilience.environment import from_environment, silence
from ailib.resilience.inflight import InflightLimit
from ailib.resilience.limiter import RateLimiter
from ailib.resilience.retry import Decision, Fallback, Raise, Retry, backoff, decide, may_retry
from ailib.resilience.run import Failed, Key, Lease, Resilience, Target, Try
from ailib.resilience.signals import SignalsSnapshot
from ailib.resilience.timeouts import Watchdog

__all__ = [
    "BackpressureConfig",
    "CircuitBreaker",
    "CircuitBreakerConfig",
    "CircuitState",
    "Decision",
    "Failed",
    "Fallback",
    "InflightLimit",
    "Key",
    "Lease",
    "Outcome",
    "Raise",
    "RateLimitConfig",
    "RateLimiter",
    "RateLimiterConfig",
    "Resilience",
    "ResilientConfig",
    "Retry",
    "RetryConfig",
    "SignalsSnapshot",
    "Target",
    "Try",
    "Watchdog",
    "backoff",
    "decide",
    "from_environment",
    "may_retry",
    "outcome_of",
    "silence",
]
