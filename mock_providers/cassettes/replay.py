"""A cassette as a server: recorded answers to recorded requests, faults on top."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from itertools import accumulate
from typing import Any

from mock_providers.cassettes.chunking import Chunking, chunked
from mock_providers.cassettes.events import events, is_stream
from mock_providers.cassettes.match import differences, nearest
from mock_providers.cassettes.model import Cassette, CassetteError, Interaction, Request, Response
from mock_providers.cassettes.redact import redacted_request
from mock_providers.clock import Clock, LoopClock
from mock_providers.dialects.base import Inbound
from mock_providers.faults import (
    Attempts,
    Cut,
    FaultSyntaxError,
    Flush,
    Head,
    Op,
    Piece,
    Script,
    Send,
    Wait,
    clean_path,
    deliver,
    deliver_script,
    find,
    refusal,
    resolve,
)

_SET_HERE = frozenset(
    {"content-type", "content-length", "content-encoding", "transfer-encoding", "connection"}
)
"""Headers that the answer gets from its body and its connection. The length of an answer that
was cut is what it promised, and stays."""


class Replay:
    """An ASGI application that plays a cassette.

    A request is answered by the first recorded interaction not yet used that it matches.
    ``misses`` holds a message for each request that matched none; `check` raises for these and
    for interactions nobody asked for. ``speed`` divides the recorded delays; 0 leaves them out.
    Answers carry no secrets, so requests are compared without theirs.
    """

    def __init__(
        self,
        cassette: Cassette,
        *,
        chunking: Chunking = "as-recorded",
        speed: float = 0.0,
        clock: Clock | None = None,
        seed: int = 0,
    ) -> None:
        self._interactions = cassette.interactions
        self._left = list(range(len(cassette.interactions)))
        self._chunking = chunking
        self._speed = speed
        self._clock = clock or LoopClock()
        self._attempts = Attempts()
        self._seed = seed
        self.misses: list[str] = []

    @property
    def unused(self) -> list[Request]:
        """The recorded requests that nobody has asked yet."""
        return [self._interactions[index].request for index in self._left]

    def check(self) -> None:
        """Raises `CassetteError` when a request was not recorded or a recording not used."""
        problems = [*self.misses, *(f"unused: {r.method} {r.uri}" for r in self.unused)]
        if problems:
            raise CassetteError("\n".join(problems))

    def take(self, asked: Request) -> Interaction | None:
        """The interaction that answers, used up by this; `None` after a miss is noted."""
        cleaned = redacted_request(asked)
        for place, index in enumerate(self._left):
            if not differences(cleaned, self._interactions[index].request):
                return self._interactions[self._left.pop(place)]
        self.misses.append(self._miss(cleaned))
        return None

    def _miss(self, asked: Request) -> str:
        what = f"no recorded answer to {asked.method} {asked.uri}"
        recorded = [interaction.request for interaction in self._interactions]
        found = nearest(asked, recorded)
        if found is None:
            return f"{what}: the cassette is empty"
        index, lines = found
        if not lines:
            return f"{what}: interaction {index} answers it and was used already"
        return "\n  ".join((f"{what}; nearest is interaction {index}:", *lines))

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Send) -> None:
        """Answers one HTTP request."""
        inbound, texts = await self._inbound(scope, receive)
        try:
            carried = find(inbound, *texts)
            active = resolve(carried.plan, carried.inbound, self._attempts, self._seed)
        except FaultSyntaxError as error:
            await self._refuse(send, scope, 400, str(error))
            return
        interaction = self.take(_request(scope, carried.inbound))
        if interaction is None:
            await self._refuse(send, scope, 501, self.misses[-1])
            return
        script = self._script(interaction.response, whole_events=bool(active))
        await deliver_script(send, scope, script, active, self._clock)

    async def _inbound(
        self, scope: MutableMapping[str, Any], receive: Any
    ) -> tuple[Inbound, tuple[str, ...]]:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        path, texts = clean_path(scope["path"])
        headers = {n.decode("latin-1").lower(): v.decode("latin-1") for n, v in scope["headers"]}
        try:
            value = json.loads(body) if body else None
        except ValueError:
            value = None
        return Inbound(scope["method"], path, headers=headers, body=body, json=value), texts

    async def _refuse(
        self, send: Send, scope: MutableMapping[str, Any], status: int, message: str
    ) -> None:
        head, frames = refusal(status, message)
        # Retrying would not make the request a recorded one.
        head = head.adding(("x-should-retry", "false"))
        await deliver(send, scope, head, frames, (), self._clock)

    def _script(self, response: Response, *, whole_events: bool) -> Script:
        """The recorded pieces; under faults whole events, since faults aim at these."""
        stream = is_stream(response.content_type)
        ours = _SET_HERE if response.end == "done" else _SET_HERE - {"content-length"}
        kept = tuple((n, v) for n, v in response.headers if n.lower() not in ours)
        head = Head(response.status, response.content_type or None, kept, response.reason or None)
        pieces = self._events(response) if stream and whole_events else self._chunks(response)
        ops: list[Op] = list(pieces)
        if response.end != "done":
            ops.append(Cut(response.end))
        return Script(head, ops, stream)

    def _chunks(self, response: Response) -> Iterator[Op]:
        for chunk in chunked(response.chunks, self._chunking):
            yield from self._pause(chunk.delay)
            yield Piece(chunk.data)
            yield Flush()

    def _events(self, response: Response) -> Iterator[Op]:
        """An event goes out when the piece came in which it ends."""
        ends = [0, *accumulate(len(chunk.data) for chunk in response.chunks)]
        sent = arrived = 0
        for event, data in events(response.content_type, response.body):
            sent += len(data)
            while ends[arrived] < sent:
                yield from self._pause(response.chunks[arrived].delay)
                arrived += 1
            yield Piece(data, event)

    def _pause(self, delay: float) -> Iterator[Op]:
        if self._speed and delay:
            yield Wait(delay / self._speed)


def _request(scope: MutableMapping[str, Any], inbound: Inbound) -> Request:
    query = scope["query_string"].decode("latin-1")
    uri = f"http://replay{inbound.path}" + (f"?{query}" if query else "")
    return Request(inbound.method, uri, tuple(inbound.headers.items()), inbound.body)
