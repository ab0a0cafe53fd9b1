"""The ASGI application: finds the provider, and lets it answer.

Theory of operation. The path's first part names a provider (or ``root`` stands at ``/``); what
follows is the provider's own path. ``/_mock/…`` is the server's own. Every answer of a provider
is made in `Answering` and written by `faults.deliver`; this module only decides who answers.
Profiles are read when their provider is first asked.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from mock_providers.answer import generate
from mock_providers.clock import Clock, LoopClock
from mock_providers.control import Control
from mock_providers.faults import Head, clean_path, deliver, refusal
from mock_providers.fixtures.store import OnMiss
from mock_providers.limits import Pace, Quota
from mock_providers.profiles import Profile, canonical_name, load_profile, provider_names
from mock_providers.server.answering import Answering
from mock_providers.server.compat import Compat, is_own, provider_of
from mock_providers.server.exchange import CORS
from mock_providers.server.provider import Provider
from mock_providers.server.request import (
    BodyTooLargeError,
    ClientGoneError,
    NoJsonError,
    Receive,
    Scope,
    Send,
    read_body,
    read_headers,
    read_json,
)
from mock_providers.server.settings import Answer, Settings
from mock_providers.server.state import State

CONTROL = "/_mock"
_log = logging.getLogger("mock_providers")


def build_app(
    providers: Iterable[str | Profile] | None = None,
    root: str | None = None,
    *,
    extra: Iterable[Profile] = (),
    seed: int = 0,
    api_keys: Iterable[str] = (),
    any_model: bool = False,
    strict: bool = True,
    clock: Clock | None = None,
    quotas: Mapping[str, Mapping[str, Quota]] | None = None,
    pace: Pace | None = None,
    fixtures: Iterable[str | Path] = (),
    on_miss: OnMiss = "error",
    control_token: str | None = None,
    answer: Answer = generate,
) -> MockApp:
    """The mocks as an ASGI application that anyone can mount.

    ``providers``: names (or profiles) to serve, by default all; ``root``: the one that stands at
    ``/``; ``extra``: profiles served besides. The other arguments: `Settings`. Raises
    `UnknownProviderError`, `FixtureError`.
    """
    served: dict[str, Profile | None] = {}
    for entry in (*(provider_names() if providers is None else providers), *extra):
        if isinstance(entry, Profile):
            served[entry.name] = entry
        else:
            served[canonical_name(entry)] = None
    if root is not None:
        root = root if root in served else canonical_name(root)
        served.setdefault(root, None)
    settings = Settings(
        root=root,
        seed=seed,
        api_keys=frozenset(api_keys),
        any_model=any_model,
        strict=strict,
        clock=clock or LoopClock(),
        quotas=quotas or {},
        pace=pace,
        fixtures=tuple(Path(path) for path in fixtures),
        on_miss=on_miss,
        control_token=control_token,
        answer=answer,
    )
    return MockApp(served, settings)


class Providers(Mapping[str, Provider]):
    """The providers of a server by name, each made when it is first asked for."""

    def __init__(self, served: Mapping[str, Profile | None], settings: Settings) -> None:
        self._served = dict(served)
        self._settings = settings
        self._ready: dict[str, Provider] = {}
        self.quotas = {name: dict(quotas) for name, quotas in settings.quotas.items()}

    def __getitem__(self, name: str) -> Provider:
        ready = self._ready.get(name)
        if ready is None:
            profile = self._served[name] or load_profile(name)
            ready = self._ready[name] = Provider(profile, self.quotas.get(name))
        return ready

    def __contains__(self, name: object) -> bool:
        return name in self._served

    def __iter__(self) -> Iterator[str]:
        return iter(self._served)

    def __len__(self) -> int:
        return len(self._served)

    def at(self, mount: str) -> Provider | None:
        """The provider of that name or alias."""
        if mount in self._ready:
            return self._ready[mount]
        if mount not in self._served:
            mount = canonical_name(mount, mount)
        return self[mount] if mount in self._served else None

    def set_quotas(self, name: str, quotas: Mapping[str, Quota]) -> None:
        """Enforces these limits of a provider, and no others."""
        self.quotas[name] = dict(quotas)
        self[name].limiter.set_quotas(quotas)

    def forget(self) -> None:
        """All limits count from zero, and only those of the settings are enforced."""
        self.quotas = {name: dict(quotas) for name, quotas in self._settings.quotas.items()}
        self._ready.clear()


class MockApp:
    """The application `build_app` makes."""

    def __init__(self, served: Mapping[str, Profile | None], settings: Settings) -> None:
        self.settings = settings
        self.providers = Providers(served, settings)
        self.state = State(settings)
        self._answering = Answering(self.state)
        self._compat = Compat(self.providers)
        self._control: Callable[..., Any] = Control(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)
        else:
            raise NotImplementedError(f"no {scope['type']} here")

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = _below_mount(scope)
        if path.startswith(CONTROL) and path[len(CONTROL) :][:1] in {"", "/"}:
            await self._control(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await _preflight(scope, send)
            return
        path, faults = clean_path(path)
        provider, rest, unchecked = self._find(path)
        try:
            if provider is None and is_own(path):
                await self._own(path, scope, receive, send)
            elif provider is None:
                await self._refuse(scope, send, 404, self._unknown(path))
            else:
                await self._answering.answer(
                    provider, rest, faults, scope, receive, send, unchecked=unchecked
                )
        except ClientGoneError:
            return
        except Exception:
            _log.exception("cannot answer %s %s", scope["method"], path)
            await self._refuse(scope, send, 500, "the mock itself failed; see its log")

    def _find(self, path: str) -> tuple[Provider | None, str, bool]:
        """The provider, its own path, and whether its checks are off."""
        name, slash, rest = path[1:].partition("/")
        provider = self.providers.at(name)
        if provider is not None:
            return provider, slash + rest or "/", False
        if self.settings.root is not None:
            return self.providers[self.settings.root], path, False
        if (found := provider_of(path)) and found[0] in self.providers:
            return self.providers[found[0]], found[1], True
        return None, path, False

    async def _own(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """An endpoint of ai-protocol-mock that belongs to no provider."""
        try:
            body = read_json(await read_body(receive, self.settings.max_body) or b"{}")
        except (NoJsonError, BodyTooLargeError):
            body = {}
        now = self.settings.clock.now()
        status, value = self._compat.answer(scope["method"], path, body, read_headers(scope), now)
        frames = [(None, orjson.dumps(value))]
        await deliver(
            send, scope, Head(status, "application/json"), frames, (), self.settings.clock
        )

    def _unknown(self, path: str) -> str:
        name = path[1:].partition("/")[0]
        near = difflib.get_close_matches(name, self.providers, n=1)
        hint = f" Did you mean /{near[0]}?" if near else ""
        known = ", ".join(f"/{mount}" for mount in sorted(self.providers))
        return f"no provider at {path}.{hint} Providers stand at {known}; the server at {CONTROL}/"

    async def _refuse(self, scope: Scope, send: Send, status: int, message: str) -> None:
        head, frames = refusal(status, message)
        await deliver(send, scope, head, frames, (), self.settings.clock)


def _below_mount(scope: Scope) -> str:
    """The path below where somebody mounted this app (ASGI's ``root_path``)."""
    path: str = scope["path"]
    mounted = scope.get("root_path", "")
    return path.removeprefix(mounted) or "/" if mounted else path


async def _preflight(scope: Scope, send: Send) -> None:
    """Allows a browser whatever it asks for."""
    asked = dict(scope["headers"]).get(b"access-control-request-headers", b"*")
    headers = [(name.encode(), value.encode()) for name, value in CORS]
    headers += [
        (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE, OPTIONS"),
        (b"access-control-allow-headers", asked),
        (b"access-control-max-age", b"600"),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message: Any = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
