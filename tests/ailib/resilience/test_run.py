import asyncio

import pytest

from ailib import errors
from ailib.clock import LoopClock
from ailib.errors import standard_codes as codes
from ailib.resilience import (
    BackpressureConfig,
    CircuitBreakerConfig,
    Key,
    RateLimiterConfig,
    Resilience,
    ResilientConfig,
    RetryConfig,
    Target,
)
from ailib.transport.base import Timeouts
from tests.support.virtual_time import in_virtual_time

A, B = Key("one", "a"), Key("two", "b")
NO_JITTER = RetryConfig(jitter="none")


def now():
    return round(asyncio.get_running_loop().time(), 9)


def status(number, **more):
    code = more.pop("code", codes.StandardErrorCode.from_http_status(number))
    return errors.RemoteError(str(number), status_code=number, standard_code=code, **more)


class Provider:
    """Answers each attempt with the next of its script: an error to raise, seconds to take, or a
    value; the last one for ever."""

    def __init__(self, *script, key=A, retry=NO_JITTER, headers=None):
        self.script, self.key, self.retry = list(script), key, retry
        self.headers = headers or {}
        self.times, self.numbers = [], []

    async def attempt(self, attempt):
        self.times.append(now())
        self.numbers.append(attempt.number)
        attempt.observe(self.headers)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, float):
            await asyncio.sleep(step)
        if isinstance(step, BaseException):
            raise step
        return step

    def target(self):
        names = {"requests_remaining": "left", "requests_reset": "reset"}
        return Target(self.key, self.attempt, self.retry, names)


def resilience(config=None, random=lambda: 0.0):
    return Resilience(config or ResilientConfig(), LoopClock(), random)


async def opened(runner, *providers):
    return await runner.open([provider.target() for provider in providers])


@in_virtual_time
async def test_a_first_answer_is_handed_over_at_once():
    provider, runner = Provider("hello"), resilience()
    lease = await opened(runner, provider)
    assert (lease.value, lease.key, lease.attempts, lease.failures) == ("hello", A, 1, ())
    assert provider.times == [0]
    assert runner.signals_snapshot(A).current_inflight == 1
    lease.release()
    lease.release()
    assert runner.signals_snapshot(A).current_inflight == 0


@in_virtual_time
async def test_failed_attempts_are_made_again_after_the_backoff():
    first, second = status(500), status(503)
    provider = Provider(first, second, "hello")
    lease = await opened(resilience(), provider)
    assert provider.times == [0, 1, 3]
    assert provider.numbers == [1, 2, 3]
    assert [(f.key, f.error, f.delay) for f in lease.failures] == [(A, first, 1), (A, second, 2)]
    assert lease.attempts == 3


@in_virtual_time
async def test_a_hint_sets_the_delay_exactly():
    provider = Provider(status(429, retry_after=7.25), status(429, retry_after=0.0), "hello")
    await opened(resilience(), provider)
    assert provider.times == [0, 7.25, 7.25]


@in_virtual_time
async def test_r05_a_hint_beyond_the_budget_is_raised_at_once():
    provider = Provider(status(429, retry_after=600.0))
    with pytest.raises(errors.RemoteError) as caught:
        await opened(resilience(), provider)
    assert (caught.value.retry_after, caught.value.attempts, now()) == (600.0, 1, 0)


@in_virtual_time
async def test_when_retries_are_used_up_the_last_error_counts_the_attempts():
    last = status(503)
    provider = Provider(status(500), status(500), status(500), last)
    with pytest.raises(errors.RemoteError) as caught:
        await opened(resilience(), provider)
    assert caught.value is last
    assert caught.value.attempts == 4
    assert caught.value.__notes__ == ["before it one/a: E3001 500"] * 3


@in_virtual_time
async def test_an_error_that_is_not_of_this_library_goes_through_untouched():
    bug = KeyError("ours")
    provider, runner = Provider(bug), resilience()
    with pytest.raises(KeyError) as caught:
        await opened(runner, provider, Provider("never", key=B))
    assert caught.value is bug
    assert runner.signals_snapshot(A).current_inflight == 0


FALLBACKS = {
    # first target's error, whether the second is asked
    "E3002 overloaded": (status(503), True),
    "E2001 rate limited": (status(429), True),
    "E2002 quota": (status(402), True),
    "E1002 key": (status(401), True),
    "E1001 bad request": (status(400), False),
    "E1005 too large": (status(413), False),
    "R-26 no connection": (errors.ConnectionFailedError("refused"), True),
    "a model that is gone": (status(404, fallbackable=True), True),
}


@pytest.mark.parametrize(("error", "asked"), FALLBACKS.values(), ids=FALLBACKS.keys())
@in_virtual_time
async def test_another_target_is_asked_only_where_it_may_help(error, asked):
    runner = resilience()
    first = Provider(error, retry=RetryConfig(max_retries=0))
    second = Provider("from two", key=B)
    if asked:
        lease = await opened(runner, first, second)
        assert (lease.value, lease.key, second.numbers) == ("from two", B, [2])
        assert [(f.key, f.error) for f in lease.failures] == [(A, error)]
        lease.release()
    else:
        with pytest.raises(errors.RemoteError):
            await opened(runner, first, second)
        assert second.times == []
    assert runner.signals_snapshot(A).current_inflight == 0


@in_virtual_time
async def test_r22_the_error_of_the_last_target_names_the_causes_before_it():
    first = Provider(status(402))
    second = Provider(status(400), key=B)
    with pytest.raises(errors.RemoteError) as caught:
        await opened(resilience(), first, second)
    assert caught.value.status_code == 400
    assert caught.value.attempts == 2
    assert caught.value.__notes__ == ["before it one/a: E2002 402"]


@in_virtual_time
async def test_o09_the_total_timeout_spans_attempts_and_delays():
    config = ResilientConfig(timeouts=Timeouts(total=5.0))
    provider = Provider(status(500), 60.0)
    runner = resilience(config)
    with pytest.raises(errors.RequestTimeoutError) as caught:
        await opened(runner, provider)
    assert (caught.value.phase, now(), provider.times) == ("total", 5, [0, 1])
    assert caught.value.__notes__ == ["before it one/a: E3001 500"]
    assert runner.signals_snapshot(A).current_inflight == 0


@in_virtual_time
async def test_a_wait_that_the_total_timeout_cannot_hold_is_not_begun():
    config = ResilientConfig(timeouts=Timeouts(total=5.0))
    provider = Provider(status(429, retry_after=6.0))
    with pytest.raises(errors.RemoteError):
        await opened(resilience(config), provider)
    assert now() == 0


@in_virtual_time
async def test_the_breaker_opens_after_its_threshold_and_later_callers_fail_fast():
    config = ResilientConfig(
        retry=RetryConfig(max_retries=0), circuit_breaker=CircuitBreakerConfig(2, 30.0)
    )
    runner, provider = resilience(config), Provider(status(500), status(500), "well")
    provider.retry = config.retry
    for _ in range(2):
        with pytest.raises(errors.RemoteError):
            await opened(runner, provider)
    with pytest.raises(errors.CircuitOpenError) as caught:
        await opened(runner, provider)
    assert (caught.value.retry_after, len(provider.times)) == (30.0, 2)
    assert runner.signals_snapshot(A).circuit_state == "open"
    assert runner.signals_snapshot(B).circuit_state == "closed"
    await asyncio.sleep(30)
    lease = await opened(runner, provider)
    assert runner.signals_snapshot(A).circuit_state == "half_open"
    with pytest.raises(errors.CircuitOpenError):
        await opened(runner, provider)
    lease.release()
    assert runner.signals_snapshot(A).circuit_state == "closed"


@in_virtual_time
async def test_each_attempt_counts_for_the_breaker_and_it_ends_the_retries():
    config = ResilientConfig(circuit_breaker=CircuitBreakerConfig(2, 30.0))
    provider = Provider(status(500))
    with pytest.raises(errors.CircuitOpenError) as caught:
        await opened(resilience(config), provider)
    assert provider.times == [0, 1]
    assert caught.value.__notes__ == ["before it one/a: E3001 500"] * 2


@in_virtual_time
async def test_an_open_breaker_hands_over_to_the_next_target():
    config = ResilientConfig(circuit_breaker=CircuitBreakerConfig(1, 30.0))
    runner = resilience(config)
    first, second = Provider(status(500)), Provider("from two", key=B)
    for _ in range(2):
        (await opened(runner, first, second)).release()
    assert (first.times, second.times) == ([0], [1, 1])


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (None, "closed"),
        (errors.TruncatedStreamError("cut"), "open"),
        (asyncio.CancelledError(), "closed"),
        (errors.CallCancelledError("stop"), "closed"),
    ],
)
@in_virtual_time
async def test_the_breaker_learns_how_a_stream_ended(error, state):
    runner = resilience(ResilientConfig(circuit_breaker_threshold=1))
    (await opened(runner, Provider("stream"))).release(error)
    assert runner.signals_snapshot(A).circuit_state == state


@in_virtual_time
async def test_a_place_in_flight_is_held_until_the_stream_ends():
    runner = resilience(ResilientConfig(backpressure=BackpressureConfig(1, queue_timeout=2.0)))
    lease = await opened(runner, Provider("stream"))
    with pytest.raises(errors.BackpressureError):
        await opened(runner, Provider("other"), Provider("never", key=B))
    assert now() == 2
    with lease:
        waiting = asyncio.create_task(opened(runner, Provider("other")))
        await asyncio.sleep(1)
        assert not waiting.done()
    assert (await waiting).value == "other"


@in_virtual_time
async def test_attempts_are_rate_limited_one_by_one():
    runner = resilience(ResilientConfig(rate_limit=RateLimiterConfig(0.1, burst=1)))
    provider = Provider(status(500), "hello")
    await opened(runner, provider)
    assert provider.times == [0, 10]


@in_virtual_time
async def test_headers_that_say_nothing_remains_hold_the_next_call():
    runner = resilience(ResilientConfig(rate_limit=RateLimiterConfig()))
    provider = Provider("one", headers={"left": "0", "reset": "6m0s"})
    (await opened(runner, provider)).release()
    with pytest.raises(errors.BackpressureError) as caught:
        await opened(runner, provider)
    assert caught.value.retry_after == 360.0
    provider.headers = {}
    await asyncio.sleep(300)
    await opened(runner, provider)
    assert provider.times == [0, 360]


@in_virtual_time
async def test_a_hint_to_one_call_holds_its_neighbours_too():
    runner = resilience(ResilientConfig(rate_limit=RateLimiterConfig()))
    provider = Provider(status(429, retry_after=5.0), "hello")
    first = asyncio.create_task(opened(runner, provider))
    await asyncio.sleep(1)
    await opened(runner, provider)
    await first
    assert provider.times == [0, 5, 5]


@in_virtual_time
async def test_r18_a_cancellation_ends_the_wait_for_a_retry_at_once():
    runner, provider = resilience(), Provider(status(429, retry_after=60.0))
    task = asyncio.create_task(opened(runner, provider))
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (now(), runner.signals_snapshot(A).current_inflight) == (1, 0)


EVERYTHING = ResilientConfig(
    rate_limit=RateLimiterConfig(1.0, burst=1),
    circuit_breaker=CircuitBreakerConfig(failure_threshold=50),
    backpressure=BackpressureConfig(2, queue_timeout=40.0),
    timeouts=Timeouts(total=100.0),
)


@pytest.mark.parametrize("step", range(40))
@in_virtual_time
async def test_no_place_is_lost_wherever_a_call_is_cancelled(step):
    """Three calls compete for two places; one is cancelled after ``step`` turns of the loop."""
    runner = resilience(EVERYTHING)

    async def call():
        provider = Provider(status(500), 0.5, "hello")
        lease = await opened(runner, provider)
        with lease:
            await asyncio.sleep(0.5)

    tasks = [asyncio.create_task(call()) for _ in range(3)]
    for turn in range(step):
        await asyncio.sleep(0 if turn % 2 else 0.25)
    tasks[step % 3].cancel()
    await asyncio.wait(tasks)
    assert all(task.cancelled() or task.exception() is None for task in tasks)
    assert runner.signals_snapshot(A).current_inflight == 0
    probe = await asyncio.wait_for(opened(runner, Provider("a"), Provider("b", key=B)), 20)
    probe.release()
    assert [
        handle for handle in asyncio.get_running_loop()._scheduled if not handle.cancelled()
    ] == []


@in_virtual_time
async def test_the_snapshot_tells_how_things_stand():
    runner = resilience(ResilientConfig.production())
    runner._clock = LoopClock(epoch=1000.0)
    lease = await opened(runner, Provider("hello"))
    assert runner.signals_snapshot(A).to_dict() == {
        "timestamp": 1000.0,
        "provider": "one",
        "model": "a",
        "inflight": {"max_concurrent": 10, "available": 9, "in_use": 1, "utilization": 0.1},
        "rate_limiter": {
            "tokens_available": 9.0,
            "max_tokens": 10,
            "refill_rate": 10,
            "is_throttled": False,
            "wait_ms": 0.0,
        },
        "circuit_breaker": {
            "state": "closed",
            "failure_count": 0,
            "failure_threshold": 5,
            "success_count": 0,
            "last_failure_time": None,
            "cooldown_remaining_ms": 0.0,
        },
        "circuit_state": "closed",
        "current_inflight": 1,
        "is_healthy": True,
        "health_score": 0.95,
    }
    lease.release()


@in_virtual_time
async def test_a_client_without_resilience_says_so():
    snapshot = resilience().signals_snapshot(A)
    assert (snapshot.circuit_state, snapshot.rate_remaining) == ("disabled", None)
    assert (snapshot.is_healthy, snapshot.health_score) == (True, 1.0)
