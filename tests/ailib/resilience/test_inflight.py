import asyncio
import threading

import pytest

from ailib.clock import LoopClock
from ailib.errors import BackpressureError
from ailib.resilience import BackpressureConfig, InflightLimit
from tests.support.virtual_time import in_virtual_time


def limit(*args, **kwargs):
    return InflightLimit(BackpressureConfig(*args, **kwargs), LoopClock())


async def settled():
    await asyncio.sleep(0.001)


@in_virtual_time
async def test_callers_get_free_places_in_the_order_they_came():
    places, order = limit(1), []

    async def caller(name):
        await places.acquire()
        order.append((name, asyncio.get_running_loop().time()))
        await asyncio.sleep(1)
        places.release()

    await asyncio.gather(*(caller(name) for name in "abc"))
    assert order == [("a", 0), ("b", 1), ("c", 2)]
    assert places.in_use == 0


@in_virtual_time
async def test_a_place_that_does_not_come_in_time_is_refused():
    places = limit(1, queue_timeout=2.5)
    await places.acquire()
    with pytest.raises(BackpressureError, match=r"within 2\.5 s"):
        await places.acquire()
    assert asyncio.get_running_loop().time() == 2.5
    places.release()
    await places.acquire()
    assert places.in_use == 1


@in_virtual_time
async def test_a_queue_timeout_of_zero_refuses_at_once_and_a_queue_may_be_bounded():
    places = limit(1, queue_timeout=0)
    await places.acquire()
    with pytest.raises(BackpressureError):
        await places.acquire()
    short = limit(1, max_queued=1)
    await short.acquire()
    waiting = asyncio.create_task(short.acquire())
    await settled()
    with pytest.raises(BackpressureError, match="1 calls are waiting already"):
        await short.acquire()
    short.release()
    await waiting


@in_virtual_time
async def test_without_a_limit_calls_are_only_counted():
    places = InflightLimit(None, LoopClock())
    for _ in range(1000):
        await places.acquire()
    assert places.in_use == 1000


@in_virtual_time
async def test_a_waiter_cancelled_in_the_moment_it_gets_the_place_passes_it_on():
    places = limit(1)
    await places.acquire()
    first, second = (asyncio.create_task(places.acquire()) for _ in range(2))
    await settled()
    places.release()
    first.cancel()
    await asyncio.wait([first, second])
    assert first.cancelled()
    assert second.exception() is None
    assert places.in_use == 1


@in_virtual_time
async def test_a_waiter_that_times_out_in_the_moment_of_release_loses_no_place():
    places = limit(1, queue_timeout=1)
    await places.acquire()
    waiting = asyncio.create_task(places.acquire())
    asyncio.get_running_loop().call_later(1, places.release)
    await asyncio.wait([waiting])
    if waiting.exception() is None:
        places.release()
    assert places.in_use == 0


async def test_a_place_is_handed_over_between_loops():
    places = limit(1)
    order = []

    def another_loop(name):
        async def caller():
            await places.acquire()
            order.append(name)
            await asyncio.sleep(0)
            places.release()

        asyncio.run(caller())

    await places.acquire()
    threads = [threading.Thread(target=another_loop, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    while len(places._waiting) < 8:  # noqa: ASYNC110 - nothing tells when they wait
        await asyncio.sleep(0)
    places.release()
    await asyncio.to_thread(lambda: [thread.join(20) for thread in threads])
    assert sorted(order) == list(range(8))
    assert places.in_use == 0


async def test_a_place_from_another_thread_for_a_caller_cancelled_meanwhile_goes_to_the_next():
    places = limit(1)
    await places.acquire()
    first, second = (asyncio.create_task(places.acquire()) for _ in range(2))
    await asyncio.sleep(0)
    thread = threading.Thread(target=places.release)
    thread.start()
    thread.join()
    first.cancel()
    await asyncio.wait_for(second, 5)
    assert first.cancelled()
    assert places.in_use == 1


async def test_a_place_for_a_loop_that_is_closed_goes_to_the_next():
    places = limit(1)
    await places.acquire()
    loop = asyncio.new_event_loop()
    places._waiting.append(loop.create_future())
    loop.close()
    waiting = asyncio.create_task(places.acquire())
    await asyncio.sleep(0)
    places.release()
    await asyncio.wait_for(waiting, 5)
    assert places.in_use == 1
