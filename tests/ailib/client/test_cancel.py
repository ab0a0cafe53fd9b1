import asyncio

import pytest

from ailib import CancelReason, CancelToken, create_cancel_pair
from ailib.client.interrupt import Interrupt, InterruptedWait
from ailib.errors import CallCancelledError


def test_the_first_cancellation_stays_and_calls_back_once():
    token, called = CancelToken(), []
    token.on_cancel(lambda: called.append("a"))
    forget = token.on_cancel(lambda: called.append("b"))
    forget()
    assert (token.is_cancelled, token.state, token.reason) == (False, "active", None)
    token.raise_if_cancelled()
    assert token.cancel(CancelReason.RESOURCE_LIMIT, where="here")
    assert not token.cancel()
    assert (token.reason, token.metadata) == (CancelReason.RESOURCE_LIMIT, {"where": "here"})
    token.on_cancel(lambda: called.append("late"))
    assert called == ["a", "late"]
    with pytest.raises(CallCancelledError, match="resource_limit") as caught:
        token.raise_if_cancelled()
    assert caught.value.standard_code == "E4002"


async def test_waiting_for_a_token():
    token = CancelToken()
    assert not await token.wait_with_timeout(0.001)
    waiting = asyncio.create_task(token.wait())
    await asyncio.sleep(0)
    token.cancel()
    await waiting
    assert await token.wait_with_timeout(0)


async def test_a_token_cancels_itself_and_can_be_used_again():
    token = CancelToken(timeout=0.001)
    await token.wait()
    assert token.reason is CancelReason.TIMEOUT
    token.reset()
    assert not token.is_cancelled
    await token.wait()


def test_a_timeout_given_outside_a_loop_counts_from_the_first_use_in_one():
    token = CancelToken(timeout=0.001)
    asyncio.run(token.wait())
    assert token.reason is CancelReason.TIMEOUT


def test_a_handle_cancels_its_token():
    handle, token = create_cancel_pair()
    assert handle.cancel()
    assert handle.is_cancelled
    assert token.is_cancelled


async def test_an_interrupt_ends_the_present_wait_and_every_later_one():
    interrupt, told = Interrupt(), []
    interrupt.between = lambda: told.append(1)

    async def wait():
        with interrupt:
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    interrupt.ring()
    interrupt.ring()
    with pytest.raises(InterruptedWait):
        await waiting
    with pytest.raises(InterruptedWait):
        await wait()
    assert told == []
    assert waiting.cancelling() == 0


async def test_an_interrupt_between_two_waits_tells_and_cancels_nobody():
    interrupt, told = Interrupt(), []
    interrupt.between = lambda: told.append(1)
    with interrupt:
        pass
    interrupt.ring()
    await asyncio.sleep(0)
    assert told == [1]


async def test_a_cancellation_from_outside_stays_one():
    interrupt = Interrupt()

    async def wait():
        with interrupt:
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()
    interrupt.ring()
    await asyncio.gather(waiting, return_exceptions=True)
    assert waiting.cancelled()


async def test_what_a_wait_gave_in_spite_of_the_interrupt_stands():
    interrupt = Interrupt()

    async def stubborn():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "given"

    async def wait():
        with interrupt:
            return await stubborn()

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    interrupt.ring()
    assert await waiting == "given"
