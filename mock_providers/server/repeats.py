"""Requests that repeat: their answers are told again instead of made anew.

An answer qualifies when nothing but the request has shaped it: no fault, fixture, wish, pace or
quota, and the generator's own words. What makes up the request's identity is all of it: method,
path, query, headers, body.
"""

from __future__ import annotations

from collections.abc import Hashable

from mock_providers.answer import Turn, generate
from mock_providers.faults import Head, deliver_ready
from mock_providers.journal import Entry
from mock_providers.limits import Spent
from mock_providers.server.exchange import Exchange, dated
from mock_providers.server.provider import Provider
from mock_providers.server.request import Send
from mock_providers.server.state import State
from mock_providers.server.told import Known, Memory, Telling

LARGEST_REPEATED = 16 * 1024
"""Bytes of a request whose answer is kept; longer ones are not worth the room."""


class Repeats:
    """The answers of a server that can be told again."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._clock = state.settings.clock
        self._memory = Memory()

    async def answered(self, provider: Provider, again: Hashable, send: Send) -> bool:
        """Tells the answer again, if it is known and nothing has changed; whether it did."""
        clock, state = self._clock, self._state
        now = clock.now()
        known = self._memory.get((provider.profile.name, again), int(now), state.version)
        if known is None or not state.plain or provider.limiter.quotas:
            return False
        started = clock.monotonic()
        values = provider.limiter.take(known.key, known.spent, now).values
        values["processing_ms"], values["model"] = 1, known.model
        headers = provider.ready_headers(known.dice, values)
        headers += known.fixed
        entry = Entry(
            state.journal.next_id(),
            now,
            provider.profile.name,
            known.operation,
            known.request,
            known.model,
            known.stream,
            turn=known.turn,
        )
        state.journal.add(entry)
        body = known.telling.tell(known.dice)
        done = await deliver_ready(send, headers, body, stream=known.stream)
        entry.status, entry.size, entry.end = done.status, done.size, done.end
        entry.seconds = clock.monotonic() - started
        state.metrics.count(entry)
        return True

    def wants(self, exchange: Exchange) -> bool:
        """Whether to keep this answer: it qualifies, and its request came before."""
        state = self._state
        if exchange.again is None or not state.plain or state.settings.answer is not generate:
            return False
        if exchange.active or exchange.wishes:
            return False
        return self._memory.wants((exchange.entry.provider, exchange.again))

    def keep(self, exchange: Exchange, head: Head, turn: Turn, body: bytes) -> None:
        """Keeps the answer of a request. ``body`` are all its bytes."""
        entry = exchange.entry
        fixed = [("content-type", head.content_type or ""), *dated(exchange)]
        known = Known(
            second=int(exchange.now),
            version=self._state.version,
            request=exchange.request,
            operation=entry.operation,
            model=entry.model,
            stream=entry.stream,
            fixed=tuple((name.encode("latin-1"), text.encode("latin-1")) for name, text in fixed),
            key=exchange.key,
            turn=turn,
            spent=Spent(turn.usage.input, turn.usage.output),
            telling=Telling.of(body, exchange.random.minted),
            dice=exchange.random,
        )
        self._memory.keep((entry.provider, exchange.again), known)
