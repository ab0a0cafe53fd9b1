"""``async with`` and ``with`` for everything that is to be closed."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class AsyncClosing:
    """Gives ``async with`` to a class that has `aclose`."""

    async def aclose(self) -> None:
        """Releases what is open."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


class Closing:
    """Gives ``with`` to a class that has `close`."""

    def close(self) -> None:
        """Releases what is open."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
