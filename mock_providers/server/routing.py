"""From method and path to a route of a provider: a table first, patterns after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mock_providers.profiles.model import Route

_NO_PARAMS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Match:
    """The route and the holes of its path; no route where the path is unknown, or known with
    other methods only (``allowed``)."""

    route: Route | None
    params: Mapping[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()


class Router:
    """The routes of one provider."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        fixed = [route for route in routes if route.pattern is None]
        self._fixed = {(route.method, route.path): Match(route, _NO_PARAMS) for route in fixed}
        self._patterns = [(route, route.pattern) for route in routes if route.pattern is not None]
        self._methods: dict[str, tuple[str, ...]] = {}
        for route in fixed:
            self._methods[route.path] = (*self._methods.get(route.path, ()), route.method)

    def find(self, method: str, path: str) -> Match:
        """The first route that fits; fixed paths before patterns."""
        if found := self._fixed.get((method, path)):
            return found
        allowed = list(self._methods.get(path, ()))
        for route, pattern in self._patterns:
            if fits := pattern.fullmatch(path):
                if route.method == method:
                    return Match(route, fits.groupdict())
                allowed.append(route.method)
        return Match(None, _NO_PARAMS, tuple(dict.fromkeys(allowed)))
