"""What an adapter is: a small module that makes one client do a call and tells what it said.

An adapter has ``INFO`` and ``session(setup)``, an async context manager that makes the client,
hands over a function ``call(call, sink)`` and closes the client. The function performs one call
with the client's public API and reports to the `Sink` what a user of that client would see. It
translates and never judges: what the client does not say is not said.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from conformance.errors import UsageError
from conformance.model import Event, EventKind
from conformance.worker.clock import StageClock

ADAPTERS = (
    "ailib",
    "openai_sdk",
    "anthropic_sdk",
    "google_genai",
    "litellm_sdk",
    "any_llm_sdk",
)
"""Modules of ``conformance.adapters`` that ``--client`` can name, beside the null clients."""


@dataclass(frozen=True, slots=True)
class AdapterInfo:
    """Who is under test.

    ``capabilities`` are what the client claims to do; a case that needs another is not applicable,
    and so is one for a provider that is not in ``speaks`` (``None``: any). ``says``: the
    expectations (``text``, ``error.code``, ``requests`` …) that this client has words for, others
    are not judged (``None``: all). ``errors`` maps the client's exceptions to the standard codes,
    for the report's readers.
    """

    client: str
    version: str
    capabilities: frozenset[str]
    errors: Mapping[str, str] = field(default_factory=dict)
    speaks: frozenset[str] | None = None
    says: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """What a session gets.

    ``base_urls`` has, by provider, the string that the vendor's own SDK takes as base URL;
    ``keys`` a key by provider; ``client`` the settings of the scenario; ``clock`` is the time of
    the case, ``seed`` for the client's dice.
    """

    base_urls: Mapping[str, str]
    keys: Mapping[str, str]
    client: Mapping[str, Any]
    seed: int
    clock: StageClock


CONTENT: frozenset[EventKind] = frozenset({"text", "thinking", "tool_start", "tool_args"})
"""Events that carry content; a scenario's ``after_events`` counts these alone, for dialects differ
in what they say before."""


class Sink:
    """Where an adapter reports a call. Times are taken here."""

    def __init__(self) -> None:
        self.started = self._now()
        self.ended: float | None = None
        self.events: list[Event] = []
        self.response: Mapping[str, Any] | None = None
        self.error: Mapping[str, Any] | None = None
        self.stats: Mapping[str, Any] | None = None
        self.pieces = 0
        self.on_piece: Callable[[int], None] | None = None

    @staticmethod
    def _now() -> float:
        return round(asyncio.get_running_loop().time(), 9)

    def event(self, kind: EventKind, **data: Any) -> None:
        """An event the client delivered. ``pieces`` counts those that carry content."""
        self.events.append(Event(self._now(), kind, data))
        if kind in CONTENT:
            self.pieces += 1
            if self.on_piece is not None:
                self.on_piece(self.pieces)

    def answer(self, response: Mapping[str, Any]) -> None:
        """The whole answer, as the client returned or gathered it: text, thinking, tool_calls
        (id, name, arguments, raw, complete), finish, raw_finish, usage, model …"""
        self.response = response

    def left(self) -> None:
        """The caller stopped reading and closed the stream: there is no whole answer."""
        self.response = {"left": True}

    def failed(self, error: Mapping[str, Any]) -> None:
        """What the call raised: code, type, class, retryable, retry_after, status, message,
        wrapped (whether it is an error of the client's own) and partial."""
        self.error = error

    def done(self) -> None:
        """The call has returned; set by the worker."""
        self.ended = self._now()


Caller = Callable[[Mapping[str, Any], Sink], Awaitable[None]]


class Adapter(Protocol):
    """The face of an adapter module."""

    @property
    def INFO(self) -> AdapterInfo:  # noqa: N802 - a module's constant
        """Who is under test."""

    def session(self, setup: Setup) -> AbstractAsyncContextManager[Caller]:
        """Makes the client; leaving closes it."""


def find(name: str) -> Adapter:
    """The adapter of that name. Raises `UsageError` where there is none, `ImportError` where its
    client is not installed."""
    nulls = importlib.import_module("conformance.adapters.nulls").NULLS
    if name in nulls:
        return cast(Adapter, nulls[name])
    if name not in ADAPTERS:
        vices = importlib.import_module("conformance.adapters.vices").VICES
        if name in vices:
            return cast(Adapter, vices[name])
    if name not in ADAPTERS:
        known = ", ".join((*ADAPTERS, *nulls))
        raise UsageError(f"unknown client {name!r}", hint=f"known: {known}")
    return cast(Adapter, importlib.import_module(f"conformance.adapters.{name}"))
