"""A resource that belongs to an event loop: one for each loop that asks, closed with it.

Connections are bound to the loop that made them. A client may be used from several loops
(``asyncio.run`` twice, threads, a forked child), so each gets its own. A suspended async
generator holds every resource, because a loop that is shut down closes its generators; and a
finaliser closes what belongs to a client that was dropped. Neither leaves a socket open.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Keeper = AsyncGenerator[None, None]
Held = dict[asyncio.AbstractEventLoop, tuple[T, Keeper]]


class PerLoop(Generic[T]):
    """``make`` gives a resource, ``close`` releases it; both run in the resource's loop."""

    def __init__(self, make: Callable[[], T], close: Callable[[T], Awaitable[None]]) -> None:
        self._make, self._close = make, close
        self._held: Held[T] = {}
        # Holding the resources from outside keeps their own finalisers from running first.
        weakref.finalize(self, _release, self._held).atexit = False

    async def get(self) -> T:
        """The resource of the running loop."""
        loop = asyncio.get_running_loop()
        if loop in self._held:
            return self._held[loop][0]
        for other in [other for other in list(self._held) if other.is_closed()]:
            self._held.pop(other, None)
        resource = self._make()
        keeper = _keep(resource, self._close)
        self._held[loop] = (resource, keeper)
        # Runs to the yield without giving way, so no second task can come between.
        await anext(keeper)
        return resource

    async def aclose(self) -> None:
        """Closes the running loop's resource, and asks the other loops to close theirs."""
        held = self._held.pop(asyncio.get_running_loop(), None)
        if held is not None:
            await held[1].aclose()
        _release(self._held)


async def _keep(resource: T, close: Callable[[T], Awaitable[None]]) -> Keeper:
    try:
        yield
    finally:
        await close(resource)


def _release(held: Held[Any]) -> None:
    while held:
        loop, (_, keeper) = held.popitem()
        with suppress(RuntimeError):  # closed by now, and its resource with it
            loop.call_soon_threadsafe(_close_in_its_loop, keeper)


def _close_in_its_loop(keeper: Keeper) -> None:
    task = asyncio.ensure_future(keeper.aclose())
    _closing.add(task)
    task.add_done_callback(_closing.discard)


_closing: set[asyncio.Future[None]] = set()
