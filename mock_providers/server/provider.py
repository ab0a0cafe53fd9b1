"""A profile made ready to serve: its router, validators, header writer and limiter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from mock_providers.dialects import DIALECTS, Dialect, Inbound, WireEvent
from mock_providers.faults import Piece
from mock_providers.limits import Limiter, Quota
from mock_providers.profiles import Profile, Route, render_in_stream
from mock_providers.profiles.template import Template, compile_template
from mock_providers.server.routing import Router
from mock_providers.validate import (
    Problem,
    Rule,
    Validator,
    compile_rule,
    compile_schema,
    violation_values,
)

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What of a provider is the same for all servers: routes, checks and headers, compiled."""

    profile: Profile
    router: Router
    validators: Mapping[str, Validator]
    rules: tuple[Rule, ...]
    headers: tuple[tuple[str, Template], ...]
    limit_headers: tuple[tuple[str, Template], ...]
    ready: tuple[tuple[bytes, bytes, Template | None], ...]


_PREPARED: dict[int, Prepared] = {}
"""By the profile's identity; the entry holds the profile, so an identity stays taken."""


def prepared(profile: Profile) -> Prepared:
    """The compiled provider, made once per profile: a test suite starts many servers."""
    found = _PREPARED.get(id(profile))
    if found is None:
        limits = tuple((n, compile_template(text)) for n, text in profile.limits.headers.items())
        headers = (*profile.headers.items(), *limits)
        found = _PREPARED[id(profile)] = Prepared(
            profile,
            Router(profile.routes),
            {name: compile_schema(schema) for name, schema in profile.requests.items()},
            tuple(compile_rule(raw) for raw in profile.rules),
            headers,
            limits,
            tuple(_ready(name, fill) for name, fill in headers),
        )
    return found


class Provider:
    """One provider of a running server."""

    def __init__(self, profile: Profile, quotas: Mapping[str, Quota] | None = None) -> None:
        ready = prepared(profile)
        self.profile = profile
        self.router = ready.router
        self.limiter = Limiter(profile.limits, quotas)
        self._validators = ready.validators
        self._rules = ready.rules
        self._headers = ready.headers
        self._limit_headers = ready.limit_headers
        self._ready = ready.ready

    def dialect(self, route: Route) -> Dialect:
        """The wire format of a route."""
        return DIALECTS[route.dialect]

    def validator(self, route: Route) -> Validator | None:
        """The schema of the body, if the profile has one."""
        own = self._validators.get(f"{route.operation}@{route.dialect}")
        return own or self._validators.get(route.operation)

    def success_headers(self, random: Random, values: Mapping[str, Any]) -> Headers:
        """Headers of an answer with status 200; ``values`` holds the limits and times."""
        filled = {name: make(random) for name, make in self.profile.ids.items()}
        filled.update(values)
        return tuple([(name, str(fill(filled))) for name, fill in self._headers])

    def ready_headers(self, random: Random, values: dict[str, Any]) -> list[tuple[bytes, bytes]]:
        """`success_headers` as bytes; ``values`` are added to."""
        for name, make in self.profile.ids.items():
            values[name] = make(random)
        return [
            (name, constant if fill is None else str(fill(values)).encode("latin-1"))
            for name, constant, fill in self._ready
        ]

    def limit_headers(self, values: Mapping[str, Any]) -> Headers:
        """The rate-limit headers alone."""
        return tuple((name, str(fill(values))) for name, fill in self._limit_headers)

    def broken_rules(self, route: Route, request: Inbound) -> Iterator[tuple[str, dict[str, Any]]]:
        """Rows and values of the profile's rules that a request breaks."""
        for rule in self._rules:
            if broken := rule(route, request):
                yield broken

    def problem_values(self, problem: Problem, detail: str) -> tuple[str, dict[str, Any]]:
        """The error row and its values for a problem of the body; ``detail``: what the JSON
        parser said."""
        violation = self.profile.violations.get(problem.kind)
        values = violation_values(problem, self.profile.path_style) | {"detail": detail}
        if violation is not None:
            values |= {name: fill(values) for name, fill in violation.values.items()}
        said = dict(problem.on)
        error = said.pop("error", violation.error if violation else "invalid_request")
        values |= {name: compile_template(text)(values) for name, text in said.items()}
        return error, values

    def in_stream(
        self, name: str, dialect: Dialect, random: Random, now: float, model: str
    ) -> tuple[Piece, ...]:
        """The pieces that tell of an error inside a stream; empty where the API has no form."""
        row = self.profile.error(name, dialect.name)
        context = self.profile.context(dialect.name, random, now)
        pieces = []
        for told in render_in_stream(row, dialect.name, context, model=model):
            event = WireEvent(told.kind, told.data, told.name)
            data = dialect.encode(told.data) if told.raw else dialect.frame(event)
            pieces.append(Piece(data, event))
        return tuple(pieces)


def _ready(name: str, fill: Template) -> tuple[bytes, bytes, Template | None]:
    """A header's name, and its value where that never changes, else what fills it."""
    try:
        constant = str(fill({}))
    except KeyError:
        return name.encode("latin-1"), b"", fill
    return name.encode("latin-1"), constant.encode("latin-1"), None
