"""Tests on virtual time, without I/O: the loop's clock jumps to the next timer when idle.

    @in_virtual_time
    async def test_it_waits():
        await asyncio.sleep(3600)       # exact, and takes no time

A loop with nothing left to wait for raises instead of hanging.
"""

import asyncio
import functools
import selectors


class _JumpingSelector(selectors.DefaultSelector):
    loop: "VirtualTimeLoop"

    def select(self, timeout=None):
        events = super().select(0)
        if events or timeout == 0:
            return events
        if timeout is None:
            raise RuntimeError("deadlock: tasks wait, but no timer is set")
        self.loop.virtual_now += timeout
        return events


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self.virtual_now = 0.0
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self):
        return self.virtual_now


def in_virtual_time(test):
    @functools.wraps(test)
    def run(*args, **kwargs):
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            return runner.run(test(*args, **kwargs))

    return run
