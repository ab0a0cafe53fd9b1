"""The control API: one small function an endpoint."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from mock_providers.control.reading import (
    BadInputError,
    body_of,
    filter_of,
    pace_of,
    quotas_of,
    whole,
)
from mock_providers.faults import CATALOGUE
from mock_providers.fixtures import Fixture, FixtureError, read_fixture
from mock_providers.journal.view import summary, view
from mock_providers.profiles import Profile, UnknownProviderError

if TYPE_CHECKING:
    from mock_providers.server.app import MockApp

_PAGE = 100
_LARGEST_PAGE = 1000
Endpoint = Callable[[Request], Awaitable[Response]]


def control_app(app: MockApp) -> Starlette:
    """The application for one server."""
    api = _Api(app)
    routes = [
        Route("/", api.page, methods=["GET"]),
        Route("/providers", api.providers, methods=["GET"]),
        Route("/requests", api.requests, methods=["GET"]),
        Route("/requests", api.forget, methods=["DELETE"]),
        Route("/requests/{id}", api.request, methods=["GET"]),
        Route("/verify", api.verify, methods=["POST"]),
        Route("/fixtures", api.fixtures, methods=["GET"]),
        Route("/fixtures", api.add_fixture, methods=["POST"]),
        Route("/fixtures", api.clear_fixtures, methods=["DELETE"]),
        Route("/fixtures/{id}", api.remove_fixture, methods=["DELETE"]),
        Route("/faults", api.faults, methods=["GET"]),
        Route("/faults", api.add_fixture, methods=["POST"]),
        Route("/faults", api.clear_fixtures, methods=["DELETE"]),
        Route("/faults/{id}", api.remove_fixture, methods=["DELETE"]),
        Route("/scripts", api.add_fixture, methods=["POST"]),
        Route("/quotas", api.quotas, methods=["GET"]),
        Route("/quotas/{provider}", api.set_quotas, methods=["PUT"]),
        Route("/quotas/{provider}", api.unset_quotas, methods=["DELETE"]),
        Route("/pace", api.pace, methods=["GET"]),
        Route("/pace", api.set_pace, methods=["PUT"]),
        Route("/pace/{provider}", api.set_pace, methods=["PUT"]),
        Route("/seed", api.set_seed, methods=["PUT"]),
        Route("/reset", api.reset, methods=["POST"]),
        Route("/metrics", api.metrics, methods=["GET"]),
    ]
    handlers: dict[Any, Any] = {
        BadInputError: _refused(400),
        FixtureError: _refused(400),
        UnknownProviderError: _refused(404),
        404: _refused(404),
        405: _refused(405),
    }
    return Starlette(routes=routes, exception_handlers=handlers)


class _Api:
    def __init__(self, app: MockApp) -> None:
        self._app = app
        self._state = app.state

    async def page(self, _request: Request) -> Response:
        return HTMLResponse((files("mock_providers.control") / "page.html").read_text("utf-8"))

    async def providers(self, _request: Request) -> Response:
        served = self._app.providers
        return _answer([_described(served[name].profile) for name in sorted(served)])

    async def requests(self, request: Request) -> Response:
        query = dict(request.query_params)
        query.pop("token", None)
        limit = whole("limit", query.pop("limit", _PAGE), least=1, most=_LARGEST_PAGE)
        offset = whole("offset", query.pop("offset", 0))
        newest = query.pop("order", "oldest") == "newest"
        found = self._state.journal.find(filter_of(query))
        if newest:
            found.reverse()
        page = found[offset : offset + limit]
        rest = offset + len(page) < len(found)
        return _answer(
            {
                "requests": [summary(entry) for entry in page],
                "total": len(found),
                "next_offset": offset + len(page) if rest else None,
            }
        )

    async def request(self, request: Request) -> Response:
        entry = self._state.journal.get(whole("id", request.path_params["id"]))
        if entry is None:
            return _error(404, f"no request {request.path_params['id']} in the journal")
        return _answer(view(entry))

    async def forget(self, _request: Request) -> Response:
        self._state.journal.clear()
        return _answer({"status": "cleared"})

    async def verify(self, request: Request) -> Response:
        """How many requests fit a filter, and whether that is what was expected."""
        given = await body_of(request)
        wanted = {
            name: given.pop(name) for name in ("times", "at_least", "at_most") if name in given
        }
        found = self._state.journal.find(filter_of(given.pop("match", {})))
        if given:
            raise BadInputError(
                f"unknown {sorted(given)[0]!r}; known: match, times, at_least, at_most"
            )
        bounds = {name: whole(name, value) for name, value in wanted.items()}
        count = len(found)
        ok = (
            count == bounds.get("times", count)
            and count >= bounds.get("at_least", 0 if bounds else 1)
            and count <= bounds.get("at_most", count)
        )
        said = {"ok": ok, "count": count, "expected": bounds or {"at_least": 1}}
        return _answer(said | {"requests": [summary(entry) for entry in found[:_PAGE]]})

    async def fixtures(self, _request: Request) -> Response:
        added = self._state.fixtures.added
        listed = [_shown(key, fixture) for key, fixture in added.items()]
        known = [_shown(f.origin, f) for f in self._state.fixtures if f.origin not in added]
        return _answer({"fixtures": [*listed, *known]})

    async def add_fixture(self, request: Request) -> Response:
        """A fixture, a fault with whom it strikes, or a script of answers: all one form."""
        given = await body_of(request)
        if not set(given) & {"answer", "answers", "error", "raw", "cassette", "fault", "pace"}:
            raise BadInputError(
                "expected one of answer, answers, error, raw, cassette, fault, pace"
            )
        fixture = read_fixture(given, "control")
        return _answer({"id": self._state.fixtures.add(fixture)}, 201)

    async def remove_fixture(self, request: Request) -> Response:
        key = request.path_params["id"]
        if not self._state.fixtures.remove(key):
            return _error(404, f"no fixture {key!r} was added")
        return _answer({"status": "removed"})

    async def clear_fixtures(self, _request: Request) -> Response:
        self._state.fixtures.clear()
        return _answer({"status": "cleared"})

    async def faults(self, _request: Request) -> Response:
        rows = [
            {"name": spec.name, "layer": spec.layer, "about": spec.about, "example": spec.example}
            for spec in CATALOGUE.values()
        ]
        return _answer({"faults": rows})

    async def quotas(self, _request: Request) -> Response:
        enforced = {
            name: {bucket: asdict(quota) for bucket, quota in quotas.items()}
            for name, quotas in self._app.providers.quotas.items()
        }
        return _answer({"quotas": enforced})

    async def set_quotas(self, request: Request) -> Response:
        name = self._provider(request)
        self._app.providers.set_quotas(name, quotas_of(await body_of(request)))
        return await self.quotas(request)

    async def unset_quotas(self, request: Request) -> Response:
        self._app.providers.set_quotas(self._provider(request), {})
        return await self.quotas(request)

    async def pace(self, _request: Request) -> Response:
        return _answer({"pace": {name: asdict(pace) for name, pace in self._state.pace.items()}})

    async def set_pace(self, request: Request) -> Response:
        name = self._provider(request) if "provider" in request.path_params else "*"
        pace = pace_of(await body_of(request))
        self._state.pace = {**self._state.pace, name: pace}
        return await self.pace(request)

    async def set_seed(self, request: Request) -> Response:
        given = await body_of(request)
        seed = given.get("seed")
        if not isinstance(seed, int) or isinstance(seed, bool):
            raise BadInputError(f"seed: expected a whole number, got {seed!r}")
        self._state.seed = seed
        self._state.restart()
        return _answer({"seed": seed})

    async def reset(self, _request: Request) -> Response:
        self._state.reset()
        self._app.providers.forget()
        return _answer({"status": "reset"})

    async def metrics(self, _request: Request) -> Response:
        text = self._state.metrics.text()
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    def _provider(self, request: Request) -> str:
        name = request.path_params["provider"]
        provider = self._app.providers.at(name)
        if provider is None:
            served = ", ".join(sorted(self._app.providers))
            raise UnknownProviderError(f"provider {name!r} is not served here; served: {served}")
        return provider.profile.name


def _described(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "title": profile.title,
        "path": f"/{profile.name}{profile.base_path}",
        "errors": profile.table.names(),
        "evidence": profile.provenance(),
        "models": [row["id"] for row in profile.models.known],
    }


def _shown(key: str, fixture: Fixture) -> dict[str, Any]:
    return {"id": key, "name": fixture.name, "fixture": fixture.raw}


def _answer(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")


def _error(status: int, message: str) -> Response:
    answer = _answer({"error": {"type": "mock_error", "message": message}}, status)
    answer.headers["x-mock-error"] = "true"
    return answer


def _refused(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handler(request: Request, error: Exception) -> Response:
        plain = isinstance(error, ValueError)
        return _error(
            status, str(error) if plain else f"nothing at {request.method} /_mock{request.url.path}"
        )

    return handler
