"""The way of an answer: authenticate → validate → limit → answer → dialect → faults → socket."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from mock_providers.answer import Ask, Turn
from mock_providers.auth import Denied, authenticate
from mock_providers.dialects import Dialect, Inbound, WireEvent
from mock_providers.faults import (
    Active,
    Attempts,
    Fault,
    FaultSyntaxError,
    Head,
    Wait,
    Wire,
    deliver,
    find,
    refusal,
    refusing,
    resolve,
    retry_headers,
    retry_seconds,
)
from mock_providers.limits import Spent
from mock_providers.profiles import Route, render_error
from mock_providers.server.provider import Headers, Provider
from mock_providers.server.request import (
    BodyTooLargeError,
    NoJsonError,
    Receive,
    Scope,
    Send,
    carries_json,
    inbound,
    read_body,
    read_headers,
    read_json,
)
from mock_providers.server.routing import NoMatch
from mock_providers.server.settings import Settings
from mock_providers.validate import Problem

_KEPT = 10_000
_GENERATING = ("chat", "completion")
Frames = Iterable[tuple[WireEvent | None, bytes] | Wait]


class RefusedError(Exception):
    """The provider's answer is a row of its error table."""

    def __init__(self, row: str | int, **values: Any) -> None:
        self.row = row
        self.values = values


@dataclass(slots=True)
class Exchange:
    """One request on its way, and what is known of it so far."""

    provider: Provider
    route: Route | None
    request: Inbound
    started: float
    now: float
    random: Random
    key: str = ""
    model: str = ""
    stream: bool = False
    active: Active = ()
    notes: list[str] = field(default_factory=list)

    @property
    def dialect(self) -> str:
        """Name of the route's dialect; empty where no route was found."""
        return self.route.dialect if self.route else ""


class Answering:
    """Answers for all providers of a server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clock = settings.clock
        self.attempts = Attempts()
        self._seen: OrderedDict[int, int] = OrderedDict()

    def reset(self) -> None:
        """Forgets attempts: fault scripts and dice begin anew."""
        self.attempts.clear()
        self._seen.clear()

    async def answer(
        self,
        provider: Provider,
        path: str,
        faults: tuple[str, ...],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Reads the request and writes the provider's answer."""
        clock = self._clock
        started, now = clock.monotonic(), clock.now()
        match = provider.router.find(scope["method"], path)
        route, params = (None, {}) if isinstance(match, NoMatch) else (match.route, match.params)
        headers = read_headers(scope)
        exchange = Exchange(
            provider, route, inbound(scope, path, params, headers, b""), started, now, Random(0)
        )
        wire: Wire | None = None
        try:
            await self._read(exchange, receive, faults)
            if refused := refusing(exchange.active):
                raise RefusedError(refused["error"], **_hints(refused))
            if route is None:
                allowed = match.allowed if isinstance(match, NoMatch) else ()
                raise RefusedError("method_not_allowed" if allowed else "not_found")
            dialect = provider.dialect(route)
            head, frames = self._good(exchange, route, dialect)
            wire = _wire(exchange, dialect)
        except FaultSyntaxError as error:
            head, frames = refusal(400, str(error))
        except RefusedError as error:
            head, frames = self._bad(exchange, error)
        await deliver(send, scope, head, frames, exchange.active, clock, wire=wire)

    async def _read(self, exchange: Exchange, receive: Receive, faults: tuple[str, ...]) -> None:
        """Reads body and JSON, takes the faults out of the request, throws the dice."""
        request = exchange.request
        try:
            body = await read_body(receive, self._settings.max_body)
        except BodyTooLargeError:
            raise RefusedError(413) from None
        unreadable: NoJsonError | None = None
        json = None
        if body and carries_json(request.headers):
            try:
                json = read_json(body)
            except NoJsonError as error:
                unreadable = error
        request = replace(request, body=body, json=json)
        exchange.random = self._dice(request)
        carried = find(request, *faults, key=exchange.provider.profile.example_key)
        exchange.request = carried.inbound
        if carried.plan:
            exchange.active = resolve(
                carried.plan, carried.inbound, self.attempts, self._settings.seed
            )
        if unreadable and not refusing(exchange.active) and exchange.route:
            self._authenticate(exchange)
            raise _refusal(exchange.provider, Problem("json", ()), str(unreadable))

    def _dice(self, request: Inbound) -> Random:
        """Dice that depend on the seed, the request, and how often it came before."""
        mark = zlib.crc32(request.body, zlib.crc32(request.path.encode()))
        count = self._seen.pop(mark, 0)
        self._seen[mark] = count + 1
        if len(self._seen) > _KEPT:
            self._seen.popitem(last=False)
        return Random((self._settings.seed << 64) ^ (count << 32) ^ mark)

    def _authenticate(self, exchange: Exchange) -> None:
        auth = exchange.provider.profile.auth
        if exchange.route and not exchange.route.auth:
            return
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
            exchange.notes.append(str(refused.values.get("message", refused.row)))

    def _good(self, exchange: Exchange, route: Route, dialect: Dialect) -> tuple[Head, Frames]:
        self._authenticate(exchange)
        self._validate(exchange, route)
        ask = dialect.ask(exchange.request, route.operation)
        exchange.model, exchange.stream = ask.model, ask.stream
        models = exchange.provider.profile.models
        if ask.model and not self._settings.any_model and not models.accepts(ask.model):
            raise RefusedError("model_not_found", param=None)
        turn = self._settings.answer(ask, exchange.random)
        self._fit(exchange, ask, turn)
        headers = self._spend(exchange, turn)
        return self._written(exchange, dialect, ask, turn, headers)

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
        spent = Spent(turn.usage.input, turn.usage.output)
        verdict = limiter.take(exchange.key, spent, exchange.now)
        if verdict.refused:
            row = exchange.provider.profile.limits.refusals.get(verdict.refused, "rate_limited")
            raise RefusedError(row, retry_after=round(verdict.retry_after, 3))
        elapsed = max(1, round((self._clock.monotonic() - exchange.started) * 1000))
        values = {**verdict.values, "processing_ms": elapsed, "model": exchange.model}
        return exchange.provider.success_headers(exchange.random, values)

    def _written(
        self, exchange: Exchange, dialect: Dialect, ask: Ask, turn: Turn, headers: Headers
    ) -> tuple[Head, Frames]:
        context = exchange.provider.profile.context(dialect.name, exchange.random, exchange.now)
        head = Head(200, dialect.content_type(ask, context), headers)
        if ask.stream:
            events = dialect.events(turn, ask, context)
            return head, ((event, dialect.frame(event)) for event in events)
        return head, [(None, dialect.encode(dialect.body(turn, ask, context)))]

    def _bad(self, exchange: Exchange, refused: RefusedError) -> tuple[Head, Frames]:
        profile = exchange.provider.profile
        try:
            row = profile.error(refused.row, exchange.dialect)
        except KeyError as error:
            return refusal(400, f"{profile.name}: {error.args[0]}")
        values = _about(exchange) | refused.values
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


def _about(exchange: Exchange) -> dict[str, Any]:
    request = exchange.request
    model = exchange.model or request.params.get("model")
    if not model and isinstance(request.json, dict):
        model = request.json.get("model")
    return {
        "method": request.method,
        "path": request.path,
        "model": model if isinstance(model, str) else "unknown",
        "version": request.params.get("version", "v1"),
        "method_name": request.path.rpartition(":")[2],
    }


def _hints(fault: Fault) -> dict[str, Any]:
    seconds = retry_seconds(fault)
    if seconds is None:
        return {}
    return {"retry_after": int(seconds) if seconds == int(seconds) else seconds}


def _refusal(provider: Provider, problem: Problem, detail: str = "") -> RefusedError:
    error, values = provider.problem_values(problem, detail)
    return RefusedError(error, **values)


def _wire(exchange: Exchange, dialect: Dialect) -> Wire:
    def told(name: str) -> Any:
        return exchange.provider.in_stream(
            name, dialect, exchange.random, exchange.now, exchange.model
        )

    return Wire(dialect.frame, told, exchange.random, exchange.now)
