"""Ending a wait of a task from outside, by the rules of `asyncio.timeout`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType


class InterruptedWait(Exception):  # noqa: N818  # a signal between two rooms, not an error
    """A wait was ended by `Interrupt.ring`."""


class Interrupt:
    """Entered around waits; `ring` ends the present one, and every later one at once.

    ``between``, if set, is called instead where the task is not waiting but busy with what it
    was given. For one task at a time; not reentrant.
    """

    __slots__ = ("_cancelling", "_rang_inside", "_task", "between", "rung")

    def __init__(self) -> None:
        self.rung = False
        self.between: Callable[[], None] | None = None
        self._rang_inside = False
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0

    def ring(self) -> None:
        """Call this in the task's loop."""
        if self.rung:
            return
        self.rung = True
        if self._task is not None:
            self._rang_inside = True
            self._task.cancel()
        elif self.between is not None:
            self.between()

    def __enter__(self) -> None:
        if self.rung:
            raise InterruptedWait
        task = self._task = asyncio.current_task()
        if task is not None:
            self._cancelling = task.cancelling()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        if self._rang_inside and task is not None:
            self._rang_inside = False
            foreign = task.uncancel() > self._cancelling
            # What the wait has given in spite of it stands; so does another's cancellation.
            if kind is not None and not (foreign and kind is asyncio.CancelledError):
                raise InterruptedWait from None
