"""Running a library's coroutine so that it can clean up behind itself.

httpcore closes a connection in several awaits. A second ``Task.cancel`` that falls into them
leaves the socket open and the pool's place taken for ever (encode/httpx#3782). Here the first
cancellation goes through, and later ones wait until the cleaning up is done.

A loop that shuts down closes all async generators it knows at once; those of httpcore, one
inside the other, then complain that they are running already. So they are not made known to the
loop: they are closed through the response they belong to.
"""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

# anyio cancels tasks for its own purposes, such as to end a race of two connects.
ANYIO_PREFIXES = ("Cancelled via cancel scope ", "Cancelled by cancel scope ")


@types.coroutine
def cancel_once(start: Callable[[], Awaitable[T]]) -> Generator[Any, Any, T]:
    """``await cancel_once(start)`` is ``await start()`` with these differences."""
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(firstiter=None)
    result: T
    try:
        steps = start().__await__()
        waits_for = next(steps)
    except StopIteration as stop:
        result = stop.value
        return result
    finally:
        sys.set_asyncgen_hooks(firstiter=hooks.firstiter)
    cancelled = False
    while True:
        step: Any = partial(next, steps)
        try:
            if cancelled:
                yield from _undisturbed(waits_for)
            else:
                yield waits_for
        except asyncio.CancelledError as error:
            cancelled = not str(error).startswith(ANYIO_PREFIXES)
            step = partial(steps.throw, error)
        except BaseException as error:  # handed on
            step = partial(steps.throw, error)
        try:
            waits_for = step()
        except StopIteration as stop:
            result = stop.value
            return result


def _undisturbed(waits_for: Any) -> Generator[Any, Any, None]:
    """Waits for what a step has yielded: a future, or ``None`` for one turn of the loop."""
    if waits_for is None:
        with suppress(asyncio.CancelledError):
            yield
        return
    # It was marked as being waited for; now the shield is.
    waits_for._asyncio_future_blocking = False  # noqa: SLF001  # how futures and tasks talk
    while not waits_for.done():
        try:
            yield from asyncio.shield(waits_for).__await__()
        except BaseException:  # the step that waits learns its outcome
            if waits_for.done():
                return
