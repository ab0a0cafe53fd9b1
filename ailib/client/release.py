"""Giving a connection back, whatever happens to the task that wants it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from ailib.transport import HttpResponse

_closing: set[asyncio.Future[None]] = set()


async def release(response: HttpResponse) -> None:
    """Closes an answer. A task that is cancelled here, even twice, does not stop the closing."""
    await asyncio.shield(start_release(response))


def start_release(response: HttpResponse) -> asyncio.Future[None]:
    """Begins to close an answer and does not wait for it."""
    closing = asyncio.ensure_future(_close(response))
    _closing.add(closing)
    closing.add_done_callback(_closing.discard)
    return closing


async def _close(response: HttpResponse) -> None:
    with suppress(Exception):  # a connection that cannot be closed is broken already
        await response.aclose()
