import pytest

from ailib.errors import ValidationError
from ailib.resilience import (
    BackpressureConfig,
    CircuitBreakerConfig,
    RateLimitConfig,
    RateLimiterConfig,
    ResilientConfig,
    RetryConfig,
    from_environment,
    silence,
)
from ailib.transport.base import Timeouts


def test_flat_and_nested_names_mean_the_same():
    flat = ResilientConfig(
        max_retries=3, rate_limit_rps=10, circuit_breaker_threshold=5, max_inflight=50
    )
    assert flat == ResilientConfig(
        retry=RetryConfig(max_retries=3),
        rate_limit=RateLimitConfig(requests_per_second=10),
        circuit_breaker=CircuitBreakerConfig(failure_threshold=5),
        backpressure=BackpressureConfig(max_concurrent=50),
    )


def test_the_presets():
    assert ResilientConfig.default() == ResilientConfig(
        RetryConfig(), RateLimiterConfig(), CircuitBreakerConfig(), BackpressureConfig()
    )
    assert ResilientConfig.minimal() == ResilientConfig(max_retries=2)
    assert ResilientConfig.production() == ResilientConfig(
        retry=RetryConfig(max_retries=3, min_delay_ms=1000, max_delay_ms=30_000),
        rate_limit_rps=10,
        circuit_breaker_threshold=5,
        max_inflight=10,
    )


def test_nothing_given_leaves_every_part_open():
    empty = ResilientConfig()
    assert (empty.retry, empty.rate_limit, empty.circuit_breaker) == (None, None, None)
    assert (empty.backpressure, empty.timeouts) == (None, None)


BAD = {
    "retry.max_retries": lambda: RetryConfig(max_retries=-1),
    "retry.max_retries must be a whole number": lambda: RetryConfig(max_retries=1.5),
    "retry.max_retries must be": lambda: RetryConfig(max_retries=True),
    "retry.min_delay_ms": lambda: RetryConfig(min_delay_ms=-1),
    "retry.max_delay_ms must be at least retry.min_delay_ms": lambda: RetryConfig(
        min_delay_ms=2000, max_delay_ms=1000
    ),
    "retry.jitter must be one of full, equal, none": lambda: RetryConfig(jitter="half"),
    "retry.strategy": lambda: RetryConfig(strategy="fibonacci"),
    "retry.max_hint_seconds": lambda: RetryConfig(max_hint_seconds="long"),
    "rate_limit.requests_per_second": lambda: RateLimiterConfig.from_rps(-1),
    "rate_limit.requests_per_minute": lambda: RateLimiterConfig.from_rpm(-1),
    "rate_limit.burst": lambda: RateLimiterConfig(burst=0),
    "circuit_breaker.failure_threshold": lambda: CircuitBreakerConfig(failure_threshold=0),
    "circuit_breaker.cooldown_seconds": lambda: CircuitBreakerConfig(cooldown_seconds=-1),
    "circuit_breaker.success_threshold": lambda: CircuitBreakerConfig(success_threshold=0),
    "backpressure.max_concurrent": lambda: BackpressureConfig(max_concurrent=0),
    "backpressure.queue_timeout": lambda: BackpressureConfig(queue_timeout=-1),
    "backpressure.max_queued": lambda: BackpressureConfig(max_queued=-1),
    "max_retries: retry.max_retries": lambda: ResilientConfig(max_retries=-1),
    "rate_limit_rps: ": lambda: ResilientConfig(rate_limit_rps=-1),
    "circuit_breaker_threshold: ": lambda: ResilientConfig(circuit_breaker_threshold=0),
    "max_inflight: ": lambda: ResilientConfig(max_inflight=0),
    "max_retries and retry say the same": lambda: ResilientConfig(RetryConfig(), max_retries=1),
    "retry must be a RetryConfig": lambda: ResilientConfig(retry=3),
    "timeouts must be a Timeouts": lambda: ResilientConfig(timeouts=60),
}


@pytest.mark.parametrize(("message", "build"), BAD.items(), ids=BAD.keys())
def test_a_bad_value_names_its_field(message, build):
    with pytest.raises(ValidationError) as caught:
        build()
    assert caught.value.message.startswith(message)


def test_a_bucket_always_holds_one_request():
    assert RateLimiterConfig.from_rps(0.5).capacity == 1
    assert RateLimiterConfig.from_rpm(90).capacity == 1
    assert RateLimiterConfig.from_rps(7.9).capacity == 7
    assert RateLimiterConfig.from_rps(7.9, burst=20).capacity == 20


POLICY = {
    "strategy": "linear_backoff",
    "max_retries": 2,
    "min_delay_ms": 500,
    "max_delay_ms": 8000,
    "jitter": "none",
    "retry_on_http_status": [408, 429],
    "retry_on_error_code": ["overloaded"],
    "retry_on_error_status": ["UNAVAILABLE"],
    "notes": "as documented",
}
FROM_POLICY = RetryConfig(
    2, 500, 8000, "none", "linear_backoff", (408, 429), ("overloaded", "UNAVAILABLE")
)


def test_a_manifests_policy_is_read():
    assert RetryConfig.from_manifest(POLICY) == FROM_POLICY
    assert RetryConfig.from_manifest(None) == RetryConfig()


def test_a_policy_without_a_cap_is_capped_at_thirty_seconds():
    assert RetryConfig.from_manifest({"max_retries": 1}).max_delay_ms == 30_000
    assert RetryConfig.from_manifest({"min_delay_ms": 40_000}).max_delay_ms == 40_000


def test_the_users_retry_beats_the_manifests_but_keeps_its_lists():
    assert ResilientConfig().retry_for(POLICY) == FROM_POLICY
    assert ResilientConfig(max_retries=7).retry_for(POLICY) == RetryConfig(
        max_retries=7,
        retry_on_http_status=(408, 429),
        retry_on_error_code=("overloaded", "UNAVAILABLE"),
    )
    own = RetryConfig(retry_on_http_status=(500,))
    assert ResilientConfig(retry=own).retry_for(POLICY) == own


ENV = {
    "AI_LIB_RPS": "2.5",
    "AI_LIB_RPM": "60",
    "AI_LIB_BREAKER_FAILURE_THRESHOLD": "7",
    "AI_LIB_BREAKER_COOLDOWN_SECS": "12.5",
    "AI_LIB_MAX_INFLIGHT": "4",
    "AI_LIB_QUEUE_TIMEOUT": "3",
    "AI_HTTP_TIMEOUT_SECS": "90",
    "AI_TIMEOUT_SECS": "91",
    "AI_LIB_ATTEMPT_TIMEOUT_MS": "1500",
    "AI_HTTP_CONNECT_TIMEOUT_MS": "2500",
}


def test_the_environment_fills_what_the_code_leaves_open():
    assert from_environment({}) == ResilientConfig()
    assert from_environment(ENV) == ResilientConfig(
        rate_limit=RateLimiterConfig(requests_per_second=2.5),
        circuit_breaker=CircuitBreakerConfig(failure_threshold=7, cooldown_seconds=12.5),
        backpressure=BackpressureConfig(max_concurrent=4, queue_timeout=3.0),
        timeouts=Timeouts(connect=2.5, first_event=1.5, idle_bytes=90.0, idle_content=90.0),
    )
    assert from_environment({"AI_LIB_RPM": "60"}) == ResilientConfig(rate_limit_rps=1.0)
    own = ResilientConfig.production()
    assert from_environment({k: v for k, v in ENV.items() if "TIMEOUT_" not in k}, own) == own


def test_one_number_for_a_timeout_limits_silence_not_length():
    assert silence(60) == Timeouts(first_event=60, idle_bytes=60, idle_content=60)
    assert silence(60, Timeouts(connect=1, total=5)).total == 5


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("AI_LIB_RPS", "fast"),
        ("AI_LIB_RPS", "-1"),
        ("AI_LIB_RPM", "-1"),
        ("AI_LIB_MAX_INFLIGHT", "2.5"),
        ("AI_LIB_MAX_INFLIGHT", "0"),
        ("AI_LIB_BREAKER_FAILURE_THRESHOLD", "0"),
        ("AI_LIB_BREAKER_COOLDOWN_SECS", "-1"),
        ("AI_LIB_ATTEMPT_TIMEOUT_MS", "x"),
    ],
)
def test_a_bad_variable_is_named(name, text):
    with pytest.raises(ValidationError, match=name):
        from_environment({name: text})
