"""Giving a connection back, whatever happens to the task that wants it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from ailib.transport import HttpResponse

_closing: set[asyncio.Future[None]] = set()


async def release(response: HttpResponse, chunks: AsyncIterator[bytes] | None) -> None:
    """Closes an answer. A task that is cancelled here, even twice, does not stop the closing."""
    await asyncio.shield(start_release(response, chunks))


def start_release(
    response: HttpResponse, chunks: AsyncIterator[bytes] | None
) -> asyncio.Future[None]:
    """Begins to close an answer and does not wait for it."""
    closing = asyncio.ensure_future(_close(response, chunks))
    _closing.add(closing)
    closing.add_done_callback(_closing.discard)
    return closing


async def _close(response: HttpResponse, chunks: AsyncIterator[bytes] | None) -> None:
    with suppress(Exception):  # a connection that cannot be closed is broken already
        await response.aclose()
    # Unwinds the generators below now; later the garbage collector would do it in tasks.
    aclose = getattr(chunks, "aclose", None)
    if aclose is not None:
        with suppress(Exception):
            await aclose()
