import asyncio
import threading
import time

import pytest

from ailib.clock import LoopClock
from ailib.errors import BackpressureError
from ailib.resilience import RateLimiter, RateLimiterConfig
from tests.support.virtual_time import in_virtual_time


def now():
    return round(asyncio.get_running_loop().time(), 9)


def limiter(rps=0.0, **more):
    return RateLimiter(RateLimiterConfig(requests_per_second=rps, **more), LoopClock())


async def passes(bucket, count):
    """The times at which ``count`` callers that come together are let through."""
    times = []

    async def caller():
        await bucket.acquire()
        times.append(now())

    await asyncio.gather(*(caller() for _ in range(count)))
    return times


@in_virtual_time
async def test_a_burst_goes_at_once_and_then_one_a_period():
    assert await passes(limiter(10, burst=3), 6) == [0, 0, 0, 0.1, 0.2, 0.3]


@in_virtual_time
async def test_less_than_one_request_a_second_works():
    assert await passes(limiter(0.5), 3) == [0, 2, 4]


@in_virtual_time
async def test_no_rate_is_no_limit():
    bucket = limiter()
    assert await passes(bucket, 100) == [0] * 100
    assert bucket.tokens_available() == float("inf")


@in_virtual_time
async def test_an_idle_bucket_fills_to_its_burst_and_no_further():
    bucket = limiter(10, burst=2)
    await passes(bucket, 2)
    assert bucket.tokens_available() == 0
    await asyncio.sleep(60)
    assert bucket.tokens_available() == 2
    assert await passes(bucket, 3) == [60, 60, 60.1]


@in_virtual_time
async def test_callers_are_let_through_in_the_order_they_came():
    bucket, order = limiter(1), []

    async def caller(name):
        await bucket.acquire()
        order.append(name)

    await asyncio.gather(*(caller(name) for name in "abcdef"))
    assert order == list("abcdef")


@pytest.mark.parametrize(("who", "times"), [(1, [0, 2, 3, 4]), (3, [0, 1, 2, 3])])
@in_virtual_time
async def test_a_cancelled_caller_goes_at_no_ones_expense(who, times):
    """The turn of the last in line is free again; another one's passes unused."""
    bucket, passed = limiter(1), []

    async def caller():
        await bucket.acquire()
        passed.append(now())

    tasks = [asyncio.create_task(caller()) for _ in range(4)]
    await asyncio.sleep(0.5)
    tasks[who].cancel()
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(caller()))
    await asyncio.wait(tasks)
    assert passed == times


@in_virtual_time
async def test_a_budget_moves_all_turns_on_and_keeps_their_order_and_distance():
    bucket, passed = limiter(1), []

    async def caller(name):
        await bucket.acquire()
        passed.append((name, now()))

    tasks = [asyncio.create_task(caller(name)) for name in "abcd"]
    await asyncio.sleep(0.5)
    bucket.block(2.0)
    tasks.append(asyncio.create_task(caller("e")))
    await asyncio.wait(tasks)
    assert passed == [("a", 0), ("b", 2.5), ("c", 3.5), ("d", 4.5), ("e", 5.5)]


async def test_callers_of_several_loops_share_one_bucket():
    bucket = limiter(100, burst=1)
    started = time.monotonic()

    def another_loop():
        asyncio.run(passes(bucket, 5))

    threads = [threading.Thread(target=another_loop) for _ in range(3)]
    for thread in threads:
        thread.start()
    await asyncio.to_thread(lambda: [thread.join() for thread in threads])
    assert time.monotonic() - started >= 0.14


@in_virtual_time
async def test_a_used_up_budget_holds_everyone_until_its_reset():
    bucket = limiter()
    bucket.block(7.0)
    assert bucket.wait_time() == 7.0
    assert await passes(bucket, 2) == [7, 7]


@in_virtual_time
async def test_a_longer_budget_found_while_waiting_is_waited_for_too():
    bucket = limiter(1)
    bucket.block(2.0)
    asyncio.get_running_loop().call_later(1.0, lambda: bucket.block(4.0))
    assert await passes(bucket, 2) == [5, 6]


@in_virtual_time
async def test_budgets_can_be_left_out_of_account():
    bucket = limiter(adaptive=False)
    bucket.block(7.0)
    assert await passes(bucket, 1) == [0]


@in_virtual_time
async def test_a_wait_beyond_the_maximum_fails_at_once_and_says_how_long():
    bucket = limiter()
    bucket.block(3600.0)
    with pytest.raises(BackpressureError) as caught:
        await bucket.acquire()
    assert now() == 0
    assert caught.value.retry_after == 3600.0
    assert caught.value.standard_code == "E2001"


@in_virtual_time
async def test_the_place_in_the_queue_counts_towards_the_maximum():
    bucket = limiter(1, max_wait=2)
    tasks = [asyncio.create_task(bucket.acquire()) for _ in range(4)]
    await asyncio.wait(tasks)
    assert [type(task.exception()) for task in tasks] == [type(None)] * 3 + [BackpressureError]
