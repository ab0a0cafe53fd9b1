"""The mocks for one case: every provider it speaks to, on one port of this loop.

A `Stage` stands between socket and mocks. It notes each request, takes the next reply of the
case's script, and either writes it itself (raw bytes, a cassette) or hands the request on with
the reply's turn, error or fault attached; the mocks then answer as they always do:
authenticate, validate, encode. A request beyond the script is answered with status 418 and noted.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from random import Random
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from conformance.model import Case, RequestRecord
from conformance.worker.clock import StageClock
from conformance.worker.tap import Recorder, tapped
from conformance.worker.tapes import Tapes, cassette
from conformance.worker.turns import turn_of
from mock_providers.answer import Ask, Turn, generate
from mock_providers.cassettes import CassetteError
from mock_providers.faults import FaultSyntaxError, Head, HookedProtocol, Wait, deliver, parse
from mock_providers.profiles import Profile, UnknownProviderError, load_profile
from mock_providers.server import build_app

Message = MutableMapping[str, Any]
FAULT_HEADER = b"x-mock-fault"
MOCK_ERROR = b"x-mock-error"
UNSCRIPTED = 418
KEEP_ALIVE = 3600
"""Idle seconds a connection lives: longer than any case waits between two requests."""


def check_replies(case: Case) -> str | None:
    """What the mocks will not understand of a case: a fault, an error row, a provider; else
    ``None``."""
    try:
        profiles = [load_profile(name) for name in case.providers]
        for reply in case.server:
            parse(reply.get("fault", ""))
            if "cassette" in reply:
                cassette(reply["cassette"])
            if "error" in reply and not any(_has_row(p, reply["error"]) for p in profiles):
                return f"no provider of this case has the error row {reply['error']!r}"
    except (FaultSyntaxError, UnknownProviderError, CassetteError) as error:
        return str(error)
    return None


def _has_row(profile: Profile, name: str | int) -> bool:
    try:
        profile.error(name)
    except KeyError:
        return False
    return True


def keys_of(case: Case) -> dict[str, str]:
    """A well-formed key for each provider of the case."""
    return {name: load_profile(name).example_key for name in case.providers}


@dataclass(slots=True)
class Mocks:
    """The running mocks of a case."""

    base_urls: Mapping[str, str]
    keys: Mapping[str, str]
    recorder: Recorder
    tasks: set[asyncio.Task[Any]]
    troubles: list[str] = field(default_factory=list)

    def still_open(self) -> Iterator[str]:
        """Connections that neither side has closed."""
        ended = {r.connection for r in self.recorder.wire if r.what in {"closed", "dropped"}}
        for record in self.recorder.wire:
            if record.what == "opened" and record.connection not in ended:
                yield f"connection {record.connection}"

    @property
    def trouble(self) -> str | None:
        """The first thing that went wrong in the mocks themselves."""
        return self.troubles[0] if self.troubles else None


@asynccontextmanager
async def serving(case: Case, recorder: Recorder, clock: StageClock) -> AsyncIterator[Mocks]:
    """Serves the mocks of a case on a free port until the block ends."""
    profiles = {name: load_profile(name) for name in case.providers}
    stage = _Stage(case, recorder, clock, profiles)
    config = uvicorn.Config(
        stage,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE,
    )
    config.load()
    state = ServerState()
    protocol = tapped(HookedProtocol, recorder)
    server = await asyncio.get_running_loop().create_server(
        lambda: protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    urls = {
        name: f"http://127.0.0.1:{port}/{name}{profile.base_path}"
        for name, profile in profiles.items()
    }
    mocks = Mocks(urls, keys_of(case), recorder, state.tasks, stage.troubles)
    try:
        yield mocks
    finally:
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        for task in list(state.tasks):
            task.cancel()
        await asyncio.sleep(0)


class _Stage:
    """The ASGI application between socket and mocks."""

    def __init__(
        self,
        case: Case,
        recorder: Recorder,
        clock: StageClock,
        profiles: Mapping[str, Profile],
    ) -> None:
        self._recorder = recorder
        self._clock = clock
        self._replies = _script(case.server)
        self._tapes = Tapes(clock)
        self._next: Turn | None = None
        self.troubles: list[str] = []
        self._mocks = build_app(profiles.values(), seed=case.seed, clock=clock, answer=self._answer)

    def _answer(self, ask: Ask, random: Random) -> Turn:
        """The scripted turn of the request being answered, or what the mocks make up."""
        turn, self._next = self._next, None
        return generate(ask, random) if turn is None else turn

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        connection = self._recorder.number(scope["client"])
        body = await _body(receive)
        number, reply = next(self._replies, (None, None))
        self._note(scope, body, connection, number)
        self._recorder.answering.add(connection)
        try:
            await self._reply(scope, body, receive, self._dated(send, reply or {}), reply)
        except Exception as error:
            self.troubles.append(f"the mocks failed: {type(error).__name__}: {error}")
            raise
        finally:
            self._recorder.answering.discard(connection)

    def _note(self, scope: Message, body: bytes, connection: int, number: int | None) -> None:
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        headers["host"] = "127.0.0.1"
        _, provider, path = scope["path"].split("/", 2)
        self._recorder.requests.append(
            RequestRecord(
                at=self._recorder.now(),
                connection=connection,
                provider=provider,
                method=scope["method"],
                path=f"/{path}",
                query=scope["query_string"].decode("latin-1"),
                headers=headers,
                body=_json(body),
                reply=number,
            )
        )

    def _dated(self, send: Any, reply: Mapping[str, Any]) -> Any:
        """Adds the date, and the headers of the reply in place of the mocks' own."""
        own = {
            name.lower().encode(): text.encode() for name, text in reply.get("headers", {}).items()
        }

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                if MOCK_ERROR in dict(message["headers"]) and reply and "cassette" not in reply:
                    self.troubles.append(
                        "the mocks refuse the scenario's reply: see the transcript"
                    )
                replaced = {*own, b"date"}
                kept = [(name, value) for name, value in message["headers"] if name not in replaced]
                date = formatdate(self._clock.now(), usegmt=True).encode()
                message["headers"] = [*kept, *own.items(), (b"date", date)]
            await send(message)

        return dated

    async def _reply(
        self,
        scope: Message,
        body: bytes,
        receive: Any,
        send: Any,
        reply: Mapping[str, Any] | None,
    ) -> None:
        if reply is None:
            head = Head(UNSCRIPTED, "text/plain")
            frames: Iterable[Any] = [(None, b"the scenario has no reply for this request")]
            await deliver(send, scope, head, frames, (), self._clock)
            return
        fault = reply.get("fault", "")
        if "cassette" in reply:
            scope = _with_fault(scope, fault)
            missed = await self._tapes.play(reply, scope, _Replayed(body, receive), send)
            if missed is not None:
                self._recorder.refuse(missed)
            return
        if "raw" in reply:
            raw = reply["raw"]
            head = Head(raw.get("status", 200), raw.get("content_type", "application/json"))
            active = parse(fault).at(0, Random(0))
            await deliver(send, scope, head, _raw_frames(raw), active, self._clock)
            return
        if "error" in reply:
            refusal = f"error({reply['error']}{_arguments(reply.get('values', {}))})"
            fault = f"{refusal}+{fault}" if fault else refusal
        scope = _with_fault(scope, fault)
        self._next = turn_of(reply["turn"]) if "turn" in reply else None
        await self._mocks(scope, _Replayed(body, receive), send)


def _with_fault(scope: Message, fault: str) -> Message:
    if not fault:
        return scope
    return {**scope, "headers": [*scope["headers"], (FAULT_HEADER, fault.encode())]}


class _Replayed:
    """An ASGI ``receive`` whose first message is the body that was read before."""

    def __init__(self, body: bytes, receive: Any) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            later: Message = await self._receive()
            return later
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


def _script(server: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, reply in enumerate(server):
        repeat = reply.get("repeat", 1)
        while repeat == "forever":
            yield number, reply
        for _ in range(repeat):
            yield number, reply


def _arguments(values: Mapping[str, Any]) -> str:
    return "".join(f",{name}={json.dumps(str(value))}" for name, value in values.items())


def _raw_frames(raw: Mapping[str, Any]) -> Iterator[Any]:
    """The bytes of a raw reply; several frames are several writes, with pauses where they say."""
    if "frames" not in raw:
        text = json.dumps(raw["json"]) if "json" in raw else raw.get("body", "")
        yield None, text.encode()
        return
    for frame in raw["frames"]:
        if isinstance(frame, str):
            yield None, frame.encode()
            yield Wait(0)
            continue
        yield Wait(frame.get("after", 0))
        yield None, bytes.fromhex(frame["hex"]) if "hex" in frame else frame["text"].encode()
        yield Wait(0)


async def _body(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode("latin-1")
