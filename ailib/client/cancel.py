"""Cancelling a call from outside: by another task, a thread, or a timer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from ailib.clock import Clock, LoopClock, Timer
from ailib.errors import CallCancelledError

Callback = Callable[[], None]


class CancelReason(StrEnum):
    """Why a call was cancelled."""

    USER_REQUEST = "user_request"
    TIMEOUT = "timeout"
    ERROR = "error"
    RESOURCE_LIMIT = "resource_limit"
    SHUTDOWN = "shutdown"


class CancelToken:
    """Handed to a call, and told `cancel` when its answer is no longer wanted.

    ``timeout``: seconds after which the token cancels itself, counted from its creation inside
    an event loop, else from its first use in one. May be shared by several calls and used from
    any thread.
    """

    def __init__(self, timeout: float | None = None, *, clock: Clock | None = None) -> None:
        self._timeout, self._clock = timeout, clock or LoopClock()
        self._lock = threading.Lock()
        self._callbacks: dict[int, tuple[asyncio.AbstractEventLoop | None, Callback]] = {}
        self._next = 0
        self._timer: Timer | None = None
        self.reason: CancelReason | None = None
        self.metadata: dict[str, Any] = {}
        self._start_timer()

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self.reason is not None

    @property
    def state(self) -> str:
        """``active`` or ``cancelled``."""
        return "cancelled" if self.is_cancelled else "active"

    def cancel(self, reason: CancelReason = CancelReason.USER_REQUEST, **metadata: Any) -> bool:
        """Cancels; false if that was done before (the first reason stays)."""
        with self._lock:
            if self.reason is not None:
                return False
            self.reason, self.metadata = CancelReason(reason), metadata
            callbacks, self._callbacks = self._callbacks, {}
        for loop, callback in callbacks.values():
            if loop is None or loop is _running_loop():
                callback()
            elif not loop.is_closed():
                loop.call_soon_threadsafe(callback)
        return True

    def on_cancel(self, callback: Callback) -> Callback:
        """Has ``callback`` called once on cancellation, at once if that has happened.

        It runs in the loop that was running here, if one was. Returns a function that takes it
        back.
        """
        loop = _running_loop()
        with self._lock:
            if self.reason is None:
                key, self._next = self._next, self._next + 1
                self._callbacks[key] = (loop, callback)
                if self._timeout is not None:
                    self._start_timer()
                return lambda: self._forget(key)
        callback()
        return lambda: None

    async def wait(self) -> None:
        """Returns once the token is cancelled."""
        done = asyncio.Event()
        forget = self.on_cancel(done.set)
        try:
            await done.wait()
        finally:
            forget()

    async def wait_with_timeout(self, seconds: float) -> bool:
        """Waits at most ``seconds``; true if the token is cancelled then."""
        done = asyncio.Event()
        forget = self.on_cancel(done.set)
        timer = self._clock.call_later(seconds, done.set)
        try:
            await done.wait()
        finally:
            forget()
            timer.cancel()
        return self.is_cancelled

    def raise_if_cancelled(self) -> None:
        """Raises `CallCancelledError` if the token is cancelled."""
        if self.reason is not None:
            raise CallCancelledError(f"the call was cancelled ({self.reason})")

    def reset(self) -> None:
        """Makes the token usable again; its timeout starts anew."""
        with self._lock:
            self.reason, self.metadata = None, {}
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._start_timer()

    def _start_timer(self) -> None:
        if self._timeout is not None and self._timer is None and _running_loop() is not None:
            self._timer = self._clock.call_later(self._timeout, self._time_out)

    def _time_out(self) -> None:
        self.cancel(CancelReason.TIMEOUT)

    def _forget(self, key: int) -> None:
        with self._lock:
            self._callbacks.pop(key, None)

    def __repr__(self) -> str:
        return f"CancelToken({self.reason or 'active'})"


class CancelHandle:
    """The cancelling side of a token."""

    def __init__(self, token: CancelToken) -> None:
        self._token = token

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._token.is_cancelled

    def cancel(self, reason: CancelReason = CancelReason.USER_REQUEST, **metadata: Any) -> bool:
        """See `CancelToken.cancel`."""
        return self._token.cancel(reason, **metadata)


def create_cancel_pair(timeout: float | None = None) -> tuple[CancelHandle, CancelToken]:
    """A token to hand to a call, and the handle that cancels it."""
    token = CancelToken(timeout)
    return CancelHandle(token), token


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
