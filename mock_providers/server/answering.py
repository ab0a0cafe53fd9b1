"""The way of an answer: authenticate → validate → limit → answer → dialect → faults → socket.

A fault that refuses (``429``) is looked at first, whatever else is wrong with the request: who
asks for a failure wants that one. All others act on whatever answer comes out in the end.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import replace
from random import Random
from typing import Any

from mock_providers.answer import Ask, Turn
from mock_providers.auth import Denied, authenticate
from mock_providers.dialects import Dialect, WireEvent
from mock_providers.faults import (
    Fault,
    FaultSyntaxError,
    Head,
    Wait,
    Wire,
    deliver,
    find,
    joined,
    on_turn,
    parse,
    refusal,
    refusing,
    resolve,
    retry_headers,
    retry_seconds,
)
from mock_providers.fixtures import FixtureError, Miss, Question, turn_of
from mock_providers.journal import Entry
from mock_providers.limits import Spent
from mock_providers.profiles import Route, render_error
from mock_providers.server.exchange import Exchange, MissedError, RefusedError, dated
from mock_providers.server.provider import Headers, Provider
from mock_providers.server.repeats import LARGEST_REPEATED, Repeats
from mock_providers.server.replies import raw_answer, recorded_answer
from mock_providers.server.request import (
    BodyTooLargeError,
    Receive,
    Scope,
    Send,
    inbound,
    read_body,
)
from mock_providers.server.state import State
from mock_providers.server.wishes import wished
from mock_providers.validate import Problem

_GENERATING = ("chat", "completion")
Frames = Iterable[tuple[WireEvent | None, bytes] | Wait]


class Answering:
    """Answers for all providers of a server."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._settings = state.settings
        self._clock = state.settings.clock
        self._repeats = Repeats(state)

    async def answer(
        self,
        provider: Provider,
        path: str,
        faults: tuple[str, ...],
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        unchecked: bool = False,
    ) -> None:
        """Reads the request, writes the provider's answer, notes both in the journal.

        ``unchecked``: key, model and body are not looked at.
        """
        try:
            body = await read_body(receive, self._settings.max_body)
        except BodyTooLargeError:
            body = None
        again: Hashable = None
        if body is not None and not faults and not unchecked and len(body) <= LARGEST_REPEATED:
            again = (scope["method"], path, scope["query_string"], body, *scope["headers"])
            if await self._repeats.answered(provider, again, send):
                return
        exchange, allowed = self._begin(provider, path, scope, body)
        exchange.unchecked, exchange.again = unchecked, again
        entry, clock = exchange.entry, self._clock
        wire: Wire | None = None
        try:
            self._read(exchange, body, faults)
            route = exchange.route
            if route is None:
                raise RefusedError("method_not_allowed" if allowed else "not_found")
            dialect = provider.dialect(route)
            wire = _wire(exchange, dialect)
            head, frames = self._good(exchange, route, dialect)
        except (FaultSyntaxError, FixtureError) as error:
            head, frames = refusal(400, str(error))
        except MissedError as error:
            head, frames = refusal(501, str(error))
            head = head.adding(("x-should-retry", "false"))
        except RefusedError as error:
            head, frames = self._bad(exchange, error)
        head = replace(head, headers=(*head.headers, *dated(exchange)))
        metrics = self._state.metrics
        metrics.in_flight += 1
        try:
            if exchange.delay:
                await clock.sleep(exchange.delay)
            done = await deliver(send, scope, head, frames, exchange.active, clock, wire=wire)
            entry.status, entry.size, entry.end = done.status, done.size, done.end
        finally:
            entry.seconds = clock.monotonic() - exchange.started
            metrics.in_flight -= 1
            metrics.count(entry)
            if exchange.entered:
                provider.limiter.leave(exchange.key)

    def _begin(
        self, provider: Provider, path: str, scope: Scope, body: bytes | None
    ) -> tuple[Exchange, bool]:
        """The exchange, and whether the path is known with other methods."""
        clock = self._clock
        started, now = clock.monotonic(), clock.now()
        match = provider.router.find(scope["method"], path)
        route = match.route
        request, unreadable = inbound(scope, path, match.params, body or b"")
        operation = route.operation if route else ""
        number = self._state.journal.next_id()
        entry = Entry(number, now, provider.profile.name, operation, request)
        self._state.journal.add(entry)
        exchange = Exchange(provider, route, request, entry, started, now, unreadable)
        return exchange, bool(match.allowed)

    def _read(self, exchange: Exchange, body: bytes | None, faults: tuple[str, ...]) -> None:
        """Takes the faults out of the request, throws the dice, looks at the key."""
        request = exchange.request
        if body is None:
            raise RefusedError(413)
        exchange.seed, exchange.random = self._state.dice(request)
        key = next(iter(self._settings.api_keys), exchange.provider.profile.example_key)
        carried = find(request, *faults, key=key)
        exchange.request = carried.inbound
        if carried.plan:
            plan, state = carried.plan, self._state
            exchange.active = resolve(plan, carried.inbound, state.attempts, state.seed)
            exchange.entry.faults = tuple(fault.text for fault in exchange.active)
        exchange.wishes = carried.wishes
        _raise_if_refusing(exchange)
        if exchange.route is not None and exchange.route.auth and not exchange.unchecked:
            self._authenticate(exchange)
        if exchange.unreadable and exchange.route is not None and not exchange.unchecked:
            raise _refusal(exchange.provider, Problem("json", ()), exchange.unreadable)

    def _authenticate(self, exchange: Exchange) -> None:
        auth = exchange.provider.profile.auth
        request = exchange.request
        shown = authenticate(auth, request.headers, request.query, self._settings.api_keys)
        if isinstance(shown, Denied):
            raise RefusedError(shown.error, key_hint=shown.key_hint)
        exchange.key = shown.key

    def _validate(self, exchange: Exchange, route: Route) -> None:
        provider, request = exchange.provider, exchange.request
        refusals = [
            RefusedError(error, **values) for error, values in provider.broken_rules(route, request)
        ]
        validator = provider.validator(route)
        if validator is not None:
            body = request.json
            problem = validator(body, ()) if isinstance(body, dict) else Problem("body", (), body)
            if problem is not None:
                refusals.append(_refusal(provider, problem))
        for refused in refusals:
            if self._settings.strict:
                raise refused
            exchange.entry.notes.append(str(refused.values.get("message", refused.row)))

    def _good(self, exchange: Exchange, route: Route, dialect: Dialect) -> tuple[Head, Frames]:
        self._look_up(exchange, route, dialect)
        if not exchange.unchecked:
            self._validate(exchange, route)
        ask = dialect.ask(exchange.request, route.operation)
        entry = exchange.entry
        entry.model, entry.stream = ask.model, ask.stream
        models = exchange.provider.profile.models
        any_model = self._settings.any_model or exchange.unchecked
        if ask.model and not any_model and not models.accepts(ask.model):
            raise RefusedError("model_not_found", param=None)
        if (models.find(ask.model) or {}).get("reasoning"):
            ask = replace(ask, reasoning=True)
        reply = exchange.reply
        if reply is not None and reply.error is not None:
            raise RefusedError(reply.error, **reply.values)
        if reply is not None and reply.raw is not None:
            return raw_answer(reply.raw)
        if reply is not None and reply.cassette is not None:
            return recorded_answer(reply.cassette)
        turn = on_turn(exchange.active, self._turn(exchange, ask))
        entry.turn = turn
        self._fit(exchange, ask, turn)
        headers = self._spend(exchange, turn)
        return self._written(exchange, dialect, ask, turn, headers)

    def _look_up(self, exchange: Exchange, route: Route, dialect: Dialect) -> None:
        """Finds the fixture for the request, and the faults that come with it."""
        fixtures = self._state.fixtures
        if not fixtures:
            return
        request = exchange.request
        provider = exchange.provider.profile.name
        question = Question(
            provider, route.operation, request, lambda: dialect.ask(request, route.operation)
        )
        found = fixtures.find(question, exchange.started)
        if isinstance(found, Miss):
            raise MissedError(found.message)
        exchange.reply, exchange.entry.fixture = found.reply, found.name
        if found.faults:
            state = self._state
            plan = joined(*(parse(text) for text in found.faults))
            exchange.active += resolve(plan, request, state.attempts, state.seed)
            exchange.entry.faults = tuple(fault.text for fault in exchange.active)
            _raise_if_refusing(exchange)

    def _turn(self, exchange: Exchange, ask: Ask) -> Turn:
        reply = exchange.reply
        if reply is not None and reply.answer is not None:
            return turn_of(reply.answer, ask)
        return wished(exchange.wishes, ask) or self._settings.answer(ask, Random(exchange.seed))

    def _fit(self, exchange: Exchange, ask: Ask, turn: Turn) -> None:
        """Refuses what is longer than the model takes or gives, where its limits are known and
        the provider's words for it."""
        profile = exchange.provider.profile
        model = profile.models.find(ask.model) if ask.operation in _GENERATING else None
        if model is None:
            return
        taken, given = model.get("input_limit"), model.get("output_limit")
        if taken and turn.usage.input > taken and "context_length" in profile.table:
            raise RefusedError("context_length", tokens=turn.usage.input, limit=taken)
        asked = ask.max_tokens or 0
        if given and asked > given and "max_tokens_too_large" in profile.table:
            raise RefusedError("max_tokens_too_large", asked=asked, limit=given)

    def _spend(self, exchange: Exchange, turn: Turn) -> Headers:
        limiter = exchange.provider.limiter
        refusals = exchange.provider.profile.limits.refusals
        if not limiter.enter(exchange.key):
            raise RefusedError(refusals.get("concurrency", "rate_limited"), retry_after=1)
        exchange.entered = True
        spent = Spent(turn.usage.input, turn.usage.output)
        verdict = limiter.take(exchange.key, spent, exchange.now)
        if verdict.refused:
            row = refusals.get(verdict.refused, "rate_limited")
            raise RefusedError(
                row,
                retry_after=max(1, math.ceil(verdict.retry_after)),
                retry_after_ms=math.ceil(verdict.retry_after * 1000),
            )
        elapsed = max(1, round((self._clock.monotonic() - exchange.started) * 1000))
        values = {**verdict.values, "processing_ms": elapsed, "model": exchange.entry.model}
        return exchange.provider.success_headers(exchange.random, values)

    def _written(
        self, exchange: Exchange, dialect: Dialect, ask: Ask, turn: Turn, headers: Headers
    ) -> tuple[Head, Frames]:
        provider, random = exchange.provider.profile, exchange.random
        context = provider.context(dialect.name, random, exchange.now)
        head = Head(200, dialect.content_type(ask, context), headers)
        reply = exchange.reply
        pace = (reply and reply.pace) or self._state.pace_of(provider.name)
        if not ask.stream:
            if pace:
                exchange.delay = pace.whole(turn.usage.output, random)
            body = dialect.encode(dialect.body(turn, ask, context))
            if self._repeats.wants(exchange):
                self._repeats.keep(exchange, head, turn, body)
            return head, [(None, body)]
        frame = dialect.frame
        frames = ((event, frame(event)) for event in dialect.events(turn, ask, context))
        if self._repeats.wants(exchange):
            written = list(frames)
            self._repeats.keep(exchange, head, turn, b"".join(data for _, data in written))
            return head, pace.streamed(written, random) if pace else written
        return head, pace.streamed(frames, random) if pace else frames

    def _bad(self, exchange: Exchange, refused: RefusedError) -> tuple[Head, Frames]:
        profile = exchange.provider.profile
        try:
            row = profile.error(refused.row, exchange.dialect)
        except KeyError as error:
            return refusal(400, f"{profile.name}: {error.args[0]}")
        about = exchange.about()
        exchange.entry.error = row.name
        exchange.entry.model = exchange.entry.model or about["model"]
        values = about | refused.values
        context = profile.context(exchange.dialect, exchange.random, exchange.now)
        rendered = render_error(row, context, **values)
        headers = dict(rendered.headers)
        content_type = headers.pop("content-type", None)
        if exchange.request.query.get("alt") == "sse" and row.stream_content_type:
            content_type = row.stream_content_type
        if row.limit_headers:
            limits = exchange.provider.limiter.look(exchange.key, exchange.now)
            headers |= exchange.provider.limit_headers(limits)
        if fault := refusing(exchange.active):
            headers |= retry_headers(fault, exchange.now)
        return Head(row.status, content_type, tuple(headers.items())), [(None, rendered.body)]


def _raise_if_refusing(exchange: Exchange) -> None:
    if fault := refusing(exchange.active):
        raise RefusedError(fault["error"], **_hints(fault))


def _hints(fault: Fault) -> dict[str, Any]:
    seconds = retry_seconds(fault)
    return {} if seconds is None else {"retry_after": seconds}


def _refusal(provider: Provider, problem: Problem, detail: str = "") -> RefusedError:
    error, values = provider.problem_values(problem, detail)
    return RefusedError(error, **values)


def _wire(exchange: Exchange, dialect: Dialect) -> Wire:
    def told(name: str) -> Any:
        return exchange.provider.in_stream(
            name, dialect, exchange.random, exchange.now, exchange.entry.model
        )

    return Wire(dialect.frame, told, exchange.random, exchange.now)
