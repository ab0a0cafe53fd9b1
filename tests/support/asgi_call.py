"""Calls an ASGI application without a socket, with a stand-in for the transport's hook.

The stand-in notes what a socket would have got, and waits for nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from mock_providers.faults import EXTENSION


class NoteHook:
    """Keeps raw bytes, silences and the end in place of doing them."""

    closed = False

    def __init__(self, answer: Answered) -> None:
        self.answer = answer

    def write(self, data: bytes) -> None:
        self.answer.raw += data

    async def flush(self, clock) -> bool:
        return True

    async def sleep(self, seconds, clock) -> bool:
        self.answer.waits.append(seconds)
        return True

    def leave(self) -> None:
        self.answer.end = "gone"

    async def gone(self) -> None:
        self.answer.waits.append(float("inf"))

    async def cut(self, mode, clock) -> bool:
        self.answer.end = mode
        return True


@dataclass
class Answered:
    """An answer as the application gave it. ``raw`` is what went beneath HTTP."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[bytes] = field(default_factory=list)
    raw: bytes = b""
    waits: list[float] = field(default_factory=list)
    end: str = "none"

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def json(self):
        return json.loads(self.body)


async def call(app, path, body=None, headers=(), method="POST", hook=True) -> Answered:
    """One request. ``body`` is a JSON value or bytes."""
    got = Answered()
    path, _, query = path.partition("?")
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    pairs = [("content-type", "application/json"), *dict(headers).items()]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(n.lower().encode(), v.encode("latin-1")) for n, v in pairs],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "scheme": "http",
        "extensions": {EXTENSION: NoteHook(got)} if hook else {},
    }

    async def receive():
        return {"type": "http.request", "body": data, "more_body": False}

    async def send(message) -> None:
        if message["type"] == "http.response.start":
            got.status = message["status"]
            got.headers = {n.decode(): v.decode("latin-1") for n, v in message["headers"]}
        else:
            if message.get("body"):
                got.pieces.append(message["body"])
            if not message.get("more_body"):
                got.end = "complete"

    await app(scope, receive, send)
    return got
