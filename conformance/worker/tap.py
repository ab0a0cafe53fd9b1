"""What the server's side of every connection did, byte by byte, on the loop's clock.

`Recorder` gathers; `tapped` makes of the mocks' protocol class one whose connections report:
opened, each write, and who ended it. A write is seen as the protocol makes it, so chunk sizes,
heads and half-written frames are as they went out.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from typing import Any

from conformance.model import RequestRecord, WireRecord


class Recorder:
    """The server's side of a transcript while it grows."""

    def __init__(self) -> None:
        self.wire: list[WireRecord] = []
        self.requests: list[RequestRecord] = []
        self.refusals: list[str] = []
        self.answering: set[int] = set()
        self._numbers = itertools.count()
        self._names: dict[Any, int] = {}

    @staticmethod
    def now() -> float:
        """Seconds of the loop's clock."""
        return round(asyncio.get_running_loop().time(), 9)

    def refuse(self, why: str) -> None:
        """The last request is none that the script has an answer for."""
        self.requests[-1] = replace(self.requests[-1], reply=None)
        self.refusals.append(why)

    def opened(self, peer: Any) -> int:
        """A connection from the client's address; its number from 0."""
        number = next(self._numbers)
        self._names[peer] = number
        self.wire.append(WireRecord(self.now(), number, "opened"))
        return number

    def number(self, peer: Any) -> int:
        """The number of the connection from that address."""
        return self._names[peer]

    def sent(self, connection: int, data: bytes) -> None:
        """Bytes written; writes of one moment become one record."""
        now, text = self.now(), data.decode("latin-1")
        last = self.wire[-1]
        if (last.what, last.connection, last.at) == ("sent", connection, now):
            self.wire[-1] = WireRecord(now, connection, "sent", last.data + text, last.writes + 1)
        else:
            self.wire.append(WireRecord(now, connection, "sent", text, 1))

    def ended(self, connection: int, *, by_server: bool) -> None:
        """A connection is gone. It was dropped where the client went while it was answered."""
        dropped = not by_server and connection in self.answering
        self.wire.append(WireRecord(self.now(), connection, "dropped" if dropped else "closed"))


class _Tap:
    """A transport that reports its writes and remembers that the server closed it."""

    def __init__(self, transport: asyncio.Transport, recorder: Recorder) -> None:
        self._transport = transport
        self._recorder = recorder
        self.number = recorder.opened(transport.get_extra_info("peername"))
        self.closed_here = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if data and not self._transport.is_closing():
            self._recorder.sent(self.number, bytes(data))
        self._transport.write(data)

    def close(self) -> None:
        self.closed_here = True
        self._transport.close()

    def abort(self) -> None:
        self.closed_here = True
        self._transport.abort()


def tapped(protocol: type[Any], recorder: Recorder) -> type[Any]:
    """A subclass of a uvicorn protocol whose connections report to the recorder."""

    class Tapped(protocol):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            self.tap = _Tap(transport, recorder)
            super().connection_made(self.tap)

        def connection_lost(self, exc: Exception | None) -> None:
            recorder.ended(self.tap.number, by_server=self.tap.closed_here)
            super().connection_lost(exc)

    return Tapped
