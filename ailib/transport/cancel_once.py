"""Letting a library finish its cleaning up, however often its task is cancelled.

httpcore closes a connection in several awaits. A second ``Task.cancel`` that falls into them
leaves the socket open and the pool's place taken for ever (encode/httpx#3782). Here the first
cancellation goes through, and later ones wait until the cleaning up is done.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Awaitable, Generator
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

# anyio cancels tasks for its own purposes, such as to end a race of two connects.
ANYIO_PREFIXES = ("Cancelled via cancel scope ", "Cancelled by cancel scope ")


@types.coroutine
def cancel_once(work: Awaitable[T]) -> Generator[Any, Any, T]:
    """``await cancel_once(work)`` is ``await work`` with that difference."""
    steps = work.__await__()
    step: Any = partial(next, steps)
    cancelled = False
    while True:
        try:
            waits_for = step()
        except StopIteration as stop:
            result: T = stop.value
            return result
        step = partial(next, steps)
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
