"""Everything below ``/_mock``, as a Starlette application made when it is first needed.

Health is answered without it. With a token set, all else asks for it (``X-Mock-Token``, or
``?token=`` for the page). A page of another origin is refused: whoever may open the live page
must not be steered from elsewhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import orjson

from mock_providers.server.request import Receive, Scope, Send

if TYPE_CHECKING:
    from mock_providers.server.app import MockApp

TOKEN_HEADER = b"x-mock-token"


class Control:
    """The control application of a server."""

    def __init__(self, app: MockApp) -> None:
        self._app = app
        self._inner: Callable[[Scope, Receive, Send], Awaitable[None]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.endswith("/_mock/health"):
            await _json(send, 200, {"status": "ok", "providers": sorted(self._app.providers)})
        elif _foreign(scope):
            await _json(send, 403, _error("requests of pages of another origin are not taken"))
        elif not self._known(scope):
            await _json(send, 401, _error("the header X-Mock-Token is missing or wrong"))
        else:
            if self._inner is None:
                from mock_providers.control.routes import control_app  # noqa: PLC0415 - Starlette

                self._inner = control_app(self._app)
            below = path[path.index("/_mock") + len("/_mock") :] or "/"
            await self._inner({**scope, "path": below, "root_path": ""}, receive, send)

    def _known(self, scope: Scope) -> bool:
        token = self._app.settings.control_token
        if token is None:
            return True
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        shown = dict(scope["headers"]).get(TOKEN_HEADER, b"").decode("latin-1")
        shown = shown or query.get("token", [""])[0]
        return secrets.compare_digest(shown.encode(), token.encode())


def _foreign(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1")
    return bool(origin) and urlsplit(origin).netloc != host


def _error(message: str) -> dict[str, Any]:
    return {"error": {"type": "mock_error", "message": message}}


async def _json(send: Send, status: int, value: Any) -> None:
    body = orjson.dumps(value)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
