"""Clients that do nothing right: each has one vice and passes no scenario.

They test the suite, not a client. None of them sends a request.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from conformance.worker.adapter import AdapterInfo, Caller, Setup, Sink

EVERYTHING = frozenset(
    {"chat", "stream", "tools", "thinking", "responses", "timeouts", "retry", "breaker"}
    | {"rate_limit", "in_flight", "fallback", "cancel", "candidates", "hints", "codes", "images"}
)

CODES = (
    ("E1001", "invalid_request"), ("E1002", "authentication"), ("E1003", "permission_denied"),
    ("E1004", "not_found"), ("E1005", "request_too_large"), ("E2001", "rate_limited"),
    ("E2002", "quota_exhausted"), ("E3001", "server_error"), ("E3002", "overloaded"),
    ("E3003", "timeout"), ("E4001", "conflict"), ("E4002", "cancelled"), ("E9999", "unknown"),
)  # fmt: skip
"""The thirteen standard codes with their names."""


@dataclass(frozen=True, slots=True)
class Null:
    """An adapter made of one function."""

    INFO: AdapterInfo
    caller: Caller

    @asynccontextmanager
    async def session(self, setup: Setup) -> AsyncIterator[Caller]:  # noqa: ARG002
        """Hands the function over."""
        yield self.caller


def _null(name: str, caller: Caller) -> Null:
    return Null(AdapterInfo(name, "", EVERYTHING), caller)


async def _silent(_call: Mapping[str, Any], _sink: Sink) -> None:
    return None


async def _always_ok(call: Mapping[str, Any], sink: Sink) -> None:
    if call.get("stream"):
        sink.event("end", finish="end_turn")
    sink.answer({"text": "", "thinking": "", "tool_calls": [], "finish": "end_turn"})


async def _echo(call: Mapping[str, Any], sink: Sink) -> None:
    text = str(call.get("prompt") or call["messages"][-1].get("content"))
    if call.get("stream"):
        sink.event("text", text=text)
        sink.event("end", finish="end_turn")
    sink.answer({"text": text, "thinking": "", "tool_calls": [], "finish": "end_turn"})


async def _crash(_call: Mapping[str, Any], _sink: Sink) -> None:
    raise ZeroDivisionError("crash")


async def _never_returns(_call: Mapping[str, Any], _sink: Sink) -> None:
    await asyncio.sleep(1e9)


def _always_error(code: str, kind: str) -> Caller:
    async def caller(_call: Mapping[str, Any], sink: Sink) -> None:
        sink.failed({"code": code, "type": kind, "class": "Refused", "wrapped": True})

    return caller


NULLS: Mapping[str, Null] = {
    "silent": _null("silent", _silent),
    "always-ok": _null("always-ok", _always_ok),
    "echo": _null("echo", _echo),
    "crash": _null("crash", _crash),
    "never-returns": _null("never-returns", _never_returns),
    **{
        f"always-{code}": _null(f"always-{code}", _always_error(code, kind)) for code, kind in CODES
    },
}
"""By the name ``--client`` takes."""
