"""The control application. Starlette is imported at the first request that needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from mock_providers.server.request import Receive, Scope, Send

if TYPE_CHECKING:
    from mock_providers.server.app import MockApp


class Control:
    """Everything below ``/_mock``."""

    def __init__(self, app: MockApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.endswith("/health"):
            await _json(send, 200, {"status": "ok", "providers": sorted(self._app.providers)})
            return
        await _json(send, 404, {"error": {"type": "mock_error", "message": f"nothing at {path}"}})


async def _json(send: Send, status: int, value: Any) -> None:
    body = orjson.dumps(value)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
