import pytest
from hypothesis import given
from hypothesis import strategies as st

from ailib import errors
from ailib.errors import standard_codes as codes
from ailib.resilience import Fallback, Raise, Retry, RetryConfig, backoff, decide


def status(number, code=None, **more):
    standard = code or codes.StandardErrorCode.from_http_status(number)
    return errors.RemoteError("no", status_code=number, standard_code=standard, **more)


def decided(error, attempt=1, policy=None, remaining=None):
    return decide(error, attempt, policy or RetryConfig(), random=lambda: 0.0, remaining=remaining)


RETRY = Retry(1.0)
NARROW = RetryConfig(retry_on_http_status=(429, 500, 502, 503))
NAMES = RetryConfig(retry_on_error_code=("rate_limited", "E3001", "engine_overloaded"))
WIDE = RetryConfig(retry_on_http_status=(425, 429, 402, 504))
NO, YES = {"x-should-retry": "false"}, {"x-should-retry": "true"}

# error, policy, what follows
DECISIONS = {
    "400": (status(400), None, Raise()),
    "401 asks another": (status(401), None, Fallback()),
    "403": (status(403), None, Raise()),
    "404": (status(404), None, Raise()),
    "413": (status(413), None, Raise()),
    "422": (status(422), None, Raise()),
    "408": (status(408), None, RETRY),
    "409": (status(409), None, RETRY),
    "429 rate": (status(429), None, RETRY),
    "429 quota": (status(429, codes.E2002), None, Fallback()),
    "402 quota": (status(402), None, Fallback()),
    "500": (status(500), None, RETRY),
    "502": (status(502), None, RETRY),
    "503": (status(503), None, RETRY),
    "R-20 504": (status(504), None, RETRY),
    "529": (status(529), None, RETRY),
    "599": (status(599), None, RETRY),
    "418": (status(418), None, Raise()),
    "unknown": (errors.RemoteError("?"), None, Raise()),
    "reset": (errors.ConnectionFailedError("reset"), None, RETRY),
    "first event late": (errors.RequestTimeoutError("late", phase="first_event"), None, RETRY),
    "total is over": (errors.RequestTimeoutError("over", phase="total"), None, Raise()),
    "truncated": (errors.TruncatedStreamError("cut"), None, RETRY),
    "cancelled": (errors.CallCancelledError("stop"), None, Raise()),
    "open breaker": (errors.CircuitOpenError("open"), None, Fallback()),
    "full queue": (errors.BackpressureError("full"), None, Fallback()),
    "bad argument": (errors.ValidationError("no"), None, Raise()),
    "R-11 x-should-retry false": (status(429, headers=NO), None, Fallback()),
    "x-should-retry true": (status(400, headers=YES), None, RETRY),
    "x-should-retry true, quota": (status(429, codes.E2002, headers=YES), None, Fallback()),
    "not retryable for a reason of its own": (status(429, retryable=False), None, Fallback()),
    "narrowed away": (status(504), NARROW, Fallback()),
    "still listed": (status(503), NARROW, RETRY),
    "listed, but quota": (status(429, codes.E2002), NARROW, Fallback()),
    "listed, but told not to": (status(503, headers=NO), NARROW, Fallback()),
    "not listed, but told to": (status(504, headers=YES), NARROW, RETRY),
    "the user lists what the manifest did not": (status(504, retryable=False), WIDE, RETRY),
    "lists say nothing of the network": (errors.ConnectionFailedError("x"), NARROW, RETRY),
    "widened": (status(425), WIDE, RETRY),
    "widened, but quota": (status(402), WIDE, Fallback()),
    "listed, but too large": (status(429, codes.E1005), NARROW, Raise()),
    "by standard name": (status(429), NAMES, RETRY),
    "by standard code": (status(500), NAMES, RETRY),
    "by the provider's code": (status(503, code=None), NAMES, Fallback()),
    "in a 200, by its code's statuses": (
        status(200, codes.E3002, in_stream=True), NARROW, RETRY,
    ),
    "in a 200, not listed": (status(200, codes.E3003, in_stream=True), NARROW, Fallback()),
    "strategy none": (status(500), RetryConfig(strategy="none"), Fallback()),
    "no retries": (status(500), RetryConfig(max_retries=0), Fallback()),
}  # fmt: skip


@pytest.mark.parametrize(("error", "policy", "decision"), DECISIONS.values(), ids=DECISIONS.keys())
def test_what_follows_a_failure(error, policy, decision):
    assert decided(error, policy=policy) == decision


def test_a_providers_own_code_may_be_listed():
    error = errors.RemoteError("x", status_code=403, code="engine_overloaded",
                               standard_code=codes.E1003)  # fmt: skip
    assert decided(error, policy=NAMES) == RETRY


@pytest.mark.parametrize(
    ("attempt", "decision"), [(1, Retry(1.0)), (3, Retry(1.0)), (4, Fallback()), (5, Fallback())]
)
def test_max_retries_counts_attempts_from_one(attempt, decision):
    assert decided(status(500), attempt) == decision


HINTS = {
    "R-07 zero is now": (0.0, None, Retry(0.0)),
    "shorter than the backoff": (0.2, None, Retry(0.2)),
    "longer than the backoff": (90.0, None, Retry(90.0)),
    "as long as the budget": (120.0, None, Retry(120.0)),
    "R-05 beyond the budget": (600.0, None, Fallback()),
    "O-09 beyond the total timeout": (20.0, 20.0, Fallback()),
    "within the total timeout": (20.0, 20.5, Retry(20.0)),
}


@pytest.mark.parametrize(("hint", "left", "decision"), HINTS.values(), ids=HINTS.keys())
def test_a_hint_beats_the_backoff(hint, left, decision):
    assert decided(status(429, retry_after=hint), remaining=left) == decision


def test_a_backoff_beyond_the_total_timeout_is_not_begun():
    assert decided(status(500), remaining=0.9) == Fallback()


def delays(policy, random):
    return [round(backoff(n, policy, lambda: random), 6) for n in (1, 2, 3, 4, 7)]


BACKOFFS = [
    # strategy, jitter, random, seconds before retry 1, 2, 3, 4, 7
    ("exponential_backoff", "full", 0.0, [1, 1, 1, 1, 1]),
    ("exponential_backoff", "full", 0.5, [1.5, 2.5, 4.5, 5.5, 5.5]),
    ("exponential_backoff", "full", 1.0, [2, 4, 8, 10, 10]),
    ("exponential_backoff", "equal", 0.0, [1, 1, 2, 4, 5]),
    ("exponential_backoff", "equal", 1.0, [1, 2, 4, 8, 10]),
    ("exponential_backoff", "none", 0.7, [1, 2, 4, 8, 10]),
    ("linear_backoff", "full", 1.0, [2, 3, 4, 5, 8]),
    ("linear_backoff", "none", 0.7, [1, 2, 3, 4, 7]),
    ("linear_backoff", "equal", 0.5, [1, 1.5, 2.25, 3, 5.25]),
    ("fixed_delay", "full", 0.7, [1, 1, 1, 1, 1]),
    ("fixed_delay", "none", 0.7, [1, 1, 1, 1, 1]),
]


@pytest.mark.parametrize(("strategy", "jitter", "random", "seconds"), BACKOFFS)
def test_the_backoff_formula(strategy, jitter, random, seconds):
    policy = RetryConfig(max_delay_ms=10_000, strategy=strategy, jitter=jitter)
    assert delays(policy, random) == seconds


policies = st.builds(
    lambda low, extra, jitter, strategy: RetryConfig(
        min_delay_ms=low, max_delay_ms=low + extra, jitter=jitter, strategy=strategy
    ),
    st.integers(0, 100_000),
    st.integers(0, 1_000_000),
    st.sampled_from(["full", "equal", "none"]),
    st.sampled_from(["exponential_backoff", "linear_backoff", "fixed_delay"]),
)


@given(policies, st.integers(1, 10**9), st.floats(0, 1, exclude_max=True))
def test_r19_every_backoff_lies_between_the_minimum_and_the_cap(policy, retry, random):
    delay = backoff(retry, policy, lambda: random) * 1000
    assert policy.min_delay_ms * (1 - 1e-9) <= delay <= policy.max_delay_ms * (1 + 1e-9)


@given(policies, st.floats(0, 1, exclude_max=True))
def test_backoffs_without_jitter_never_shrink(policy, random):
    if policy.jitter == "none":
        series = [backoff(n, policy, lambda: random) for n in range(1, 20)]
        assert series == sorted(series)
