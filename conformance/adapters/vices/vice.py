"""A good client with one named vice.

The good client is ``ailib``; a vice sits around it: in the settings it is given, in what it sends,
in what it receives, or in what it tells. A `Vice` has one of these changes and leaves the rest
alone, so that what catches it catches nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from ailib.transport import HttpRequest, HttpResponse, Timeouts, Transport, choose_transport
from conformance.adapters import ailib
from conformance.model import EventKind
from conformance.worker.adapter import AdapterInfo, Caller, Setup, Sink

Told = tuple[EventKind, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Vice:
    """The changes of a vice; ``None`` changes nothing.

    ``settings``: the client's settings; ``ask``: the call; ``send``: a request and its number;
    ``head``: status and headers of a response; ``body``: makes a function that is fed each piece
    of a body; ``tell``: an event and how many were told before; ``answer`` and ``error``: what the
    call gives; ``again``: whether it calls again after this error; ``deaf``: it does not hear a
    cancellation or a leaving reader; ``blurts``: it puts the key into the error's message;
    ``stubborn``: its task cannot be cancelled.
    """

    name: str
    settings: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    ask: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    send: Callable[[HttpRequest, int], HttpRequest] | None = None
    head: Callable[[int, dict[str, str]], tuple[int, dict[str, str]]] | None = None
    body: Callable[[], Callable[[bytes], bytes]] | None = None
    end: bytes = b""
    tell: Callable[[EventKind, dict[str, Any], int], Iterable[Told]] | None = None
    answer: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    error: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    again: Callable[[Mapping[str, Any]], bool] | None = None
    deaf: bool = False
    blurts: bool = False
    stubborn: bool = False

    @property
    def INFO(self) -> AdapterInfo:  # noqa: N802 - an adapter's face
        """That of the good client, under the vice's name."""
        return replace(ailib.INFO, client=self.name)

    @asynccontextmanager
    async def session(self, setup: Setup) -> AsyncIterator[Caller]:
        """A session of the good client, with the vice around it."""
        settings = self.settings(setup.client) if self.settings else setup.client
        transport = _Transport(choose_transport(), self)
        async with ailib.session_over(replace(setup, client=settings), transport) as caller:

            async def call(asked: Mapping[str, Any], sink: Sink) -> None:
                key = next(iter(setup.keys.values()))
                await self._call(caller, self.ask(asked) if self.ask else asked, sink, key)

            try:
                yield call
            finally:
                await transport.aclose()

    async def _call(self, caller: Caller, asked: Mapping[str, Any], sink: Sink, key: str) -> None:
        if self.stubborn:
            caller = _stubborn(caller)
        if self.deaf:
            asked = {key: value for key, value in asked.items() if key != "cancel"}
        await caller(asked, _Mouth(sink, self, key))
        if self.again is not None and sink.error is not None and self.again(sink.error):
            sink.error = None
            await caller(asked, _Mouth(sink, self, key))


def _stubborn(caller: Caller) -> Caller:
    async def call(asked: Mapping[str, Any], sink: Sink) -> None:
        task = asyncio.ensure_future(caller(asked, sink))
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        await task

    return call


class _Mouth(Sink):
    """Tells the worker's sink what the vice makes of it."""

    def __init__(self, sink: Sink, vice: Vice, key: str) -> None:
        super().__init__()
        self._sink, self._vice, self._key, self._count = sink, vice, key, 0

    def event(self, kind: EventKind, **data: Any) -> None:
        change = self._vice.tell
        for told, changed in change(kind, data, self._count) if change else ((kind, data),):
            self._sink.event(told, **changed)
        self._count += 1
        self.pieces = self._sink.pieces

    def answer(self, response: Mapping[str, Any]) -> None:
        change = self._vice.answer
        self._sink.stats = self.stats
        self._sink.answer(change(dict(response)) if change else response)

    def left(self) -> None:
        self._sink.left()

    def failed(self, error: Mapping[str, Any]) -> None:
        change = self._vice.error
        told = change(dict(error)) if change else error
        if self._vice.blurts:
            told = {**told, "message": f"{told.get('message')} ({self._key})"}
        if "answer" in told:
            self._sink.answer(told["answer"])
        else:
            self._sink.failed(told)


class _Transport:
    """Changes requests on their way out and responses on their way in."""

    def __init__(self, inner: Transport, vice: Vice) -> None:
        self._inner, self._vice, self._count = inner, vice, 0

    async def send(self, request: HttpRequest, timeouts: Timeouts) -> HttpResponse:
        number, self._count = self._count, self._count + 1
        if self._vice.send is not None:
            request = self._vice.send(request, number)
        return _Response(await self._inner.send(request, timeouts), self._vice)

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Response:
    def __init__(self, inner: HttpResponse, vice: Vice) -> None:
        self._inner, self._vice = inner, vice
        head = vice.head or (lambda status, headers: (status, headers))
        self._status, self._headers = head(inner.status, dict(inner.headers))

    @property
    def status(self) -> int:
        return self._status

    @property
    def headers(self) -> dict[str, str]:
        return self._headers

    async def chunks(self) -> AsyncIterator[bytes]:
        change = self._vice.body() if self._vice.body else bytes
        async for chunk in self._inner.chunks():
            if changed := change(chunk):
                yield changed
        if self._vice.end and self._status == 200:
            yield self._vice.end

    async def aclose(self) -> None:
        await self._inner.aclose()
