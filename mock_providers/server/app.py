"""The ASGI application: finds the provider, and lets it answer.

Theory of operation. The path's first part names a provider (or ``root`` stands at ``/``); what
follows is the provider's own path. ``/_mock/…`` is the server's own. Every answer of a provider
is made in `Answering` and written by `faults.deliver`; this module only decides who answers.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from mock_providers.answer import generate
from mock_providers.clock import Clock, LoopClock
from mock_providers.control import Control
from mock_providers.faults import clean_path, deliver, refusal
from mock_providers.limits import Quota
from mock_providers.profiles import Profile, load_profile, provider_names
from mock_providers.server.answering import Answering
from mock_providers.server.provider import Provider
from mock_providers.server.request import ClientGoneError, Receive, Scope, Send
from mock_providers.server.settings import Answer, Settings

CONTROL = "/_mock"
_log = logging.getLogger("mock_providers")


def build_app(
    providers: Iterable[str | Profile] | None = None,
    root: str | None = None,
    *,
    seed: int = 0,
    api_keys: Iterable[str] = (),
    any_model: bool = False,
    strict: bool = True,
    clock: Clock | None = None,
    quotas: Mapping[str, Mapping[str, Quota]] | None = None,
    answer: Answer = generate,
) -> MockApp:
    """The mocks as an ASGI application that anyone can mount.

    ``providers``: names (or profiles) to serve, by default all; ``root``: the one that stands at
    ``/``. The other arguments: `Settings`. Raises `UnknownProviderError`.
    """
    profiles = [
        entry if isinstance(entry, Profile) else load_profile(entry)
        for entry in (provider_names() if providers is None else providers)
    ]
    if root is not None:
        standing = load_profile(root)
        root = standing.name
        if standing.name not in {profile.name for profile in profiles}:
            profiles.append(standing)
    settings = Settings(
        root=root,
        seed=seed,
        api_keys=frozenset(api_keys),
        any_model=any_model,
        strict=strict,
        clock=clock or LoopClock(),
        quotas=quotas or {},
        answer=answer,
    )
    return MockApp(profiles, settings)


class MockApp:
    """The application `build_app` makes. ``url(provider)`` on a server is its counterpart."""

    def __init__(self, profiles: Iterable[Profile], settings: Settings) -> None:
        self.settings = settings
        self.providers = {
            profile.name: Provider(profile, settings.quotas.get(profile.name))
            for profile in profiles
        }
        self._mounts = dict(self.providers)
        for provider in self.providers.values():
            for alias in provider.profile.aliases:
                self._mounts.setdefault(alias, provider)
        self._root = self.providers[settings.root] if settings.root else None
        self.answering = Answering(settings)
        self._control = Control(self)

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
        path, faults = clean_path(path)
        provider, rest = self._find(path)
        try:
            if provider is None:
                await self._refuse(scope, send, 404, self._unknown(path))
            else:
                await self.answering.answer(provider, rest, faults, scope, receive, send)
        except ClientGoneError:
            return
        except Exception:
            _log.exception("cannot answer %s %s", scope["method"], path)
            await self._refuse(scope, send, 500, "the mock itself failed; see its log")

    def _find(self, path: str) -> tuple[Provider | None, str]:
        name, slash, rest = path[1:].partition("/")
        provider = self._mounts.get(name)
        if provider is not None:
            return provider, slash + rest or "/"
        return self._root, path

    def _unknown(self, path: str) -> str:
        name = path[1:].partition("/")[0]
        near = difflib.get_close_matches(name, self._mounts, n=1)
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


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message: Any = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
