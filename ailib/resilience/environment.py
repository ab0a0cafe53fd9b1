"""Resilience from environment variables, for what the code leaves open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from ailib.errors import ValidationError
from ailib.resilience.config import (
    BackpressureConfig,
    CircuitBreakerConfig,
    RateLimiterConfig,
    ResilientConfig,
)
from ailib.transport.base import Timeouts

_N = TypeVar("_N", int, float)
_T = TypeVar("_T")


def _read(env: Mapping[str, str], name: str, kind: Callable[[str], _N]) -> _N | None:
    text = env.get(name, "").strip()
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        expected = "a whole number" if kind is int else "a number"
        raise ValidationError(f"{name} must be {expected}, not {text!r}") from None


def _built(names: str, build: Callable[[], _T]) -> _T:
    try:
        return build()
    except ValidationError as error:
        raise ValidationError(f"{names}: {error.message}") from None


def from_environment(
    env: Mapping[str, str], base: ResilientConfig | None = None
) -> ResilientConfig:
    """``base`` with the parts it leaves out taken from ``env``.

    AI_LIB_RPS, AI_LIB_RPM, AI_LIB_BREAKER_FAILURE_THRESHOLD, AI_LIB_BREAKER_COOLDOWN_SECS,
    AI_LIB_MAX_INFLIGHT, AI_LIB_QUEUE_TIMEOUT (seconds), and for timeouts AI_HTTP_TIMEOUT_SECS or
    AI_TIMEOUT_SECS, AI_LIB_ATTEMPT_TIMEOUT_MS, AI_HTTP_CONNECT_TIMEOUT_MS. Raises
    `ValidationError` naming the variable.
    """
    base = base or ResilientConfig()
    return ResilientConfig(
        retry=base.retry,
        rate_limit=base.rate_limit or _rate_limit(env),
        circuit_breaker=base.circuit_breaker or _circuit_breaker(env),
        backpressure=base.backpressure or _backpressure(env),
        timeouts=base.timeouts or _timeouts(env),
    )


def _rate_limit(env: Mapping[str, str]) -> RateLimiterConfig | None:
    rps, rpm = _read(env, "AI_LIB_RPS", float), _read(env, "AI_LIB_RPM", float)
    if rps is not None:
        return _built("AI_LIB_RPS", lambda: RateLimiterConfig.from_rps(rps))
    if rpm is not None:
        return _built("AI_LIB_RPM", lambda: RateLimiterConfig.from_rpm(rpm))
    return None


def _circuit_breaker(env: Mapping[str, str]) -> CircuitBreakerConfig | None:
    threshold = _read(env, "AI_LIB_BREAKER_FAILURE_THRESHOLD", int)
    cooldown = _read(env, "AI_LIB_BREAKER_COOLDOWN_SECS", float)
    if threshold is None and cooldown is None:
        return None
    default = CircuitBreakerConfig()
    return _built(
        "AI_LIB_BREAKER_FAILURE_THRESHOLD, AI_LIB_BREAKER_COOLDOWN_SECS",
        lambda: CircuitBreakerConfig(
            failure_threshold=default.failure_threshold if threshold is None else threshold,
            cooldown_seconds=default.cooldown_seconds if cooldown is None else cooldown,
        ),
    )


def _backpressure(env: Mapping[str, str]) -> BackpressureConfig | None:
    limit = _read(env, "AI_LIB_MAX_INFLIGHT", int)
    queue = _read(env, "AI_LIB_QUEUE_TIMEOUT", float)
    if limit is None:
        return None
    return _built(
        "AI_LIB_MAX_INFLIGHT, AI_LIB_QUEUE_TIMEOUT",
        lambda: BackpressureConfig(max_concurrent=limit, queue_timeout=queue),
    )


def _timeouts(env: Mapping[str, str]) -> Timeouts | None:
    whole = _read(env, "AI_HTTP_TIMEOUT_SECS", float)
    if whole is None:
        whole = _read(env, "AI_TIMEOUT_SECS", float)
    attempt = _read(env, "AI_LIB_ATTEMPT_TIMEOUT_MS", float)
    connect = _read(env, "AI_HTTP_CONNECT_TIMEOUT_MS", float)
    if whole is None and attempt is None and connect is None:
        return None
    timeouts = Timeouts() if whole is None else silence(whole)
    if attempt is not None:
        timeouts = replace(timeouts, first_event=attempt / 1000)
    return timeouts if connect is None else replace(timeouts, connect=connect / 1000)


def silence(seconds: float, base: Timeouts | None = None) -> Timeouts:
    """What one number ``timeout`` means: how long the provider may be silent, at the start and
    between events. A long answer that keeps coming is not cut; that is what ``total`` is for."""
    return replace(
        base or Timeouts(), first_event=seconds, idle_bytes=seconds, idle_content=seconds
    )
