"""A cassette as a server: recorded answers to recorded requests, faults on top."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from mock_providers.cassettes.chunking import Chunking
from mock_providers.cassettes.match import differences, nearest
from mock_providers.cassettes.model import Cassette, CassetteError, Interaction, Request
from mock_providers.cassettes.redact import redacted_request
from mock_providers.cassettes.serving import Asked, answer, read_request, refuse, with_faults
from mock_providers.clock import Clock, LoopClock
from mock_providers.faults import Attempts, FaultSyntaxError, Send


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
        try:
            asked = with_faults(await read_request(scope, receive), self._attempts, self._seed)
        except FaultSyntaxError as error:
            await refuse(send, scope, error, self._clock)
            return
        interaction = self.take(_request(asked))
        if interaction is None:
            await refuse(send, scope, self.misses[-1], self._clock)
            return
        await answer(
            send,
            scope,
            interaction.response,
            asked.active,
            self._clock,
            chunking=self._chunking,
            speed=self._speed,
        )


def _request(asked: Asked) -> Request:
    inbound = asked.inbound
    headers = tuple(inbound.headers.items())
    return Request(inbound.method, f"http://replay{asked.target}", headers, inbound.body)
