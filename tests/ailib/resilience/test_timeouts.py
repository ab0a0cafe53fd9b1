import asyncio

import pytest

from ailib.clock import LoopClock
from ailib.errors import RequestTimeoutError
from ailib.resilience import Watchdog
from ailib.transport.base import Timeouts
from tests.support.virtual_time import in_virtual_time

LIMITS = Timeouts(first_event=10, idle_bytes=4, idle_content=9, total=None)


def now():
    return round(asyncio.get_running_loop().time(), 9)


async def stream(steps, timeouts=LIMITS, started=None, pause=0.0):
    """Waits ``steps`` in turn: (seconds, what came: "first", "content", "ping")."""
    dog = Watchdog(LoopClock(), timeouts, started)
    try:
        for seconds, what in steps:
            with dog:
                await asyncio.sleep(seconds)
            if what == "content":
                dog.content()
            elif what == "first":
                dog.event()
            await asyncio.sleep(pause)
    finally:
        dog.close()


CASES = {
    "O-05 nothing comes": ([(60, "first")], "first_event", 10),
    "the head came, no event": ([(9, "ping"), (9, "ping")], "first_event", 10),
    "O-01 the bytes stop early": ([(1, "content"), (60, "content")], "idle_bytes", 5),
    "O-01 the bytes stop": ([(9, "content"), (60, "content")], "idle_bytes", 13),
    "O-02 pings go on, content does not": (
        [(1, "content")] + [(3, "ping")] * 9,
        "idle_content",
        10,
    ),
    "pings before the first content count": (
        [(1, "first")] + [(3, "ping")] * 9,
        "idle_content",
        10,
    ),
}


@pytest.mark.parametrize(("steps", "phase", "at"), CASES.values(), ids=CASES.keys())
@in_virtual_time
async def test_a_wait_that_lasts_too_long_ends_with_its_phase(steps, phase, at):
    with pytest.raises(RequestTimeoutError) as caught:
        await stream(steps)
    assert (caught.value.phase, caught.value.seconds) == (phase, getattr(LIMITS, phase))
    assert now() == at
    assert asyncio.current_task().cancelling() == 0


@in_virtual_time
async def test_o03_a_long_healthy_stream_is_not_cut():
    await stream([(9, "first"), *[(3.9, "content")] * 1000])
    assert now() == 3909


@in_virtual_time
async def test_o04_a_pause_within_the_limits_is_let_be():
    await stream([(1, "content"), (3.9, "ping"), (3.9, "content"), (3.9, "ping"), (3.9, "content")])


@in_virtual_time
async def test_a_slow_consumer_does_not_time_out():
    await stream([(1, "content"), (1, "ping"), (1, "content")], pause=300)
    assert now() == 903


@in_virtual_time
async def test_the_total_runs_through_everything_and_is_not_retryable():
    limits = Timeouts(first_event=10, idle_bytes=4, idle_content=9, total=20)
    with pytest.raises(RequestTimeoutError) as caught:
        await stream([(3, "content")] * 50, limits, started=now() - 5)
    assert (caught.value.phase, caught.value.seconds, now()) == ("total", 20, 15)
    assert not caught.value.retryable


@in_virtual_time
async def test_a_total_that_ended_while_the_consumer_was_busy_ends_the_next_wait_at_once():
    limits = Timeouts(total=20)
    with pytest.raises(RequestTimeoutError):
        await stream([(3, "content")] * 3, limits, pause=30)
    assert now() == 33


@in_virtual_time
async def test_without_limits_it_waits_for_ever():
    await stream([(1e6, "first"), (1e6, "content")], Timeouts(None, None, None, None, None, None))


@in_virtual_time
async def test_a_cancellation_from_outside_stays_a_cancellation():
    task = asyncio.create_task(stream([(5, "first")]))
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@in_virtual_time
async def test_a_cancellation_from_outside_beats_a_timeout_of_the_same_moment():
    task = asyncio.create_task(stream([(60, "first")]))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_at(10, task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert now() == 10


@in_virtual_time
async def test_bytes_that_come_in_the_moment_of_the_timeout_are_one_or_the_other():
    await stream([(3.999999, "first")] * 2)
    with pytest.raises(RequestTimeoutError):
        await stream([(10.000001, "first")])


@in_virtual_time
async def test_a_closed_watchdog_leaves_no_timer_behind():
    await stream([(1, "content")])
    assert not [
        handle for handle in asyncio.get_running_loop()._scheduled if not handle.cancelled()
    ]


@in_virtual_time
async def test_one_timer_serves_a_whole_stream():
    clock, armed = LoopClock(), []
    call_later = clock.call_later
    clock.call_later = lambda seconds, callback: (armed.append(1), call_later(seconds, callback))[1]
    dog = Watchdog(clock, LIMITS)
    for _ in range(1000):
        with dog:
            await asyncio.sleep(0.001)
        dog.content()
    dog.close()
    assert len(armed) <= 3
