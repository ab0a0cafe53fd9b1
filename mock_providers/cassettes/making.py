"""Makes cassettes of the mocks by a plan, the same bytes every time.

Mock and recorder stand in one process and share a clock on which only pauses take time, and each
piece is taken before the next is made: so delays are those of the plan, to the last digit.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import httpx

from mock_providers.cassettes.model import CassetteError
from mock_providers.cassettes.plan import Recording
from mock_providers.cassettes.record import Recorder
from mock_providers.clock import SteppedClock
from mock_providers.profiles import load_profile
from mock_providers.server import build_app

EPOCH = 1_795_132_800.0
"""20 November 2026: the day the mocks' recordings are dated."""


def make_all(plan: Iterable[Recording], folder: Path) -> list[Path]:
    """Records a plan into ``folder/<provider>/<name>.yaml``; the files written. Raises
    `CassetteError` where the mock refuses what the plan asks."""
    return asyncio.run(_make_all(plan, folder))


async def _make_all(plan: Iterable[Recording], folder: Path) -> list[Path]:
    return [await make(one, folder / one.provider / f"{one.name}.yaml") for one in plan]


async def make(one: Recording, path: Path) -> Path:
    """Records one question."""
    clock = SteppedClock(EPOCH)
    app = build_app([one.provider], clock=clock)
    upstream = f"http://mock/{one.provider}"
    recorder = Recorder(
        upstream, path, origin="mock", shown_as=one.base, clock=clock, transport=InProcess(app)
    )
    answer = await _ask(recorder, one)
    await recorder.close()
    if answer.get("x-mock-error") or answer.get("x-mock-idle"):
        raise _not_done(one, path, answer)
    return path


def _not_done(one: Recording, path: Path, answer: dict[str, str]) -> CassetteError:
    path.unlink(missing_ok=True)
    idle = answer.get("x-mock-idle")
    why = f"the fault {idle!r} found nothing to act on" if idle else "the mock refused the faults"
    return CassetteError(f"recording {one.provider}/{one.name}: {why}")


async def _ask(recorder: Recorder, one: Recording) -> dict[str, str]:
    """Puts the question to the recorder; the answer's headers."""
    profile = load_profile(one.provider)
    headers = {"content-type": "application/json", **one.headers}
    keyed = [scheme for scheme in profile.auth.schemes if not scheme.prefix.startswith("AWS4")]
    for scheme in keyed[:1]:
        headers[scheme.name] = scheme.prefix + profile.example_key
    if one.faults:
        headers["x-mock-fault"] = one.faults
    path, _, query = one.path.partition("?")
    body = b"" if one.json is None else json.dumps(one.json, separators=(",", ":")).encode()
    heard: dict[str, str] = {}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        for name, value in message.get("headers", ()):
            heard[name.decode().lower()] = value.decode("latin-1")

    scope = {
        "type": "http",
        "method": "GET" if one.json is None else "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await recorder(scope, receive, send)
    return heard


class InProcess(httpx.AsyncBaseTransport):
    """Carries httpx's requests to an ASGI application, piece by piece: the application goes on
    when its last piece was taken. (httpx's own transport waits for the whole answer.)"""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        started: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        pieces = _Pieces()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                started.set_result(message)
            else:
                await pieces.put(message.get("body", b""), message.get("more_body", False))

        scope = {
            "type": "http",
            "method": request.method,
            "path": request.url.path,
            "raw_path": request.url.raw_path.partition(b"?")[0],
            "query_string": request.url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
        }
        pieces.task = asyncio.ensure_future(self._app(scope, receive, send))
        await asyncio.wait({pieces.task, started}, return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            pieces.task.result()
            raise httpx.RemoteProtocolError("the application did not answer", request=request)
        message = started.result()
        return httpx.Response(message["status"], headers=message["headers"], stream=pieces)


class _Pieces(httpx.AsyncByteStream):
    """Hands pieces over one at a time."""

    task: asyncio.Future[Any]

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[bytes, bool]] = asyncio.Queue()

    async def put(self, data: bytes, more: bool) -> None:
        self._queue.put_nowait((data, more))
        await self._queue.join()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            data, more = await self._queue.get()
            if data:
                yield data
            self._queue.task_done()
        await self.task
