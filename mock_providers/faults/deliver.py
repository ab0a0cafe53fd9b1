"""The only place that writes an answer.

Theory of operation. The answer is a `Script`; every active fault is a function from script to
script, applied in the order of the layers; what comes out is played (see `play`). Without faults,
and where nothing asks for pauses, all frames go out in one write.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from mock_providers.clock import Clock
from mock_providers.dialects.base import WireEvent
from mock_providers.faults.catalogue import CATALOGUE
from mock_providers.faults.plan import Active, Fault
from mock_providers.faults.play import Delivered, Send, body_message, play, start_message
from mock_providers.faults.script import Head, Piece, Raw, Script, Wait, Wire
from mock_providers.faults.spec import LAYERS
from mock_providers.faults.transport import EXTENSION, Hook

Frame = tuple[WireEvent | None, bytes]

IDLE_HEADER = "x-mock-idle"
_COALESCE_LIMIT = 1 << 16
_WATCHED = 0.5
"""Pauses from so many seconds on end early when the client goes; shorter ones are not worth it."""
_ORDER = {layer: rank for rank, layer in enumerate(LAYERS)}


async def deliver(
    send: Send,
    scope: Mapping[str, Any],
    head: Head,
    frames: Iterable[Frame | Wait],
    active: Active,
    clock: Clock,
    *,
    wire: Wire | None = None,
) -> Delivered:
    """Sends an answer, with the faults in force.

    ``frames`` are the body's bytes in the order of sending, each with the event it is (``None``
    for a plain body); a `Wait` among them is a pause. Faults that need the transport are answered
    with 501 on a server without the hook.
    """
    if not active:
        hook = (scope.get("extensions") or {}).get(EXTENSION)
        return await _plain(send, head, frames, clock, hook)
    return await deliver_script(send, scope, _script(head, frames), active, clock, wire=wire)


async def deliver_script(
    send: Send,
    scope: Mapping[str, Any],
    script: Script,
    active: Active,
    clock: Clock,
    *,
    wire: Wire | None = None,
) -> Delivered:
    """As `deliver`, for an answer whose pieces and pauses are given (a recording)."""
    hook: Hook | None = (scope.get("extensions") or {}).get(EXTENSION)
    if hook is None and (blocked := [f for f in active if CATALOGUE[f.name].raw(f)]):
        head, frames = refusal(501, _NO_HOOK.format(fault=blocked[0].text))
        return await _plain(send, head, frames, clock)
    try:
        script = apply(script, active, wire or Wire(now=clock.now()))
    except LookupError as error:
        head, frames = refusal(501, str(error.args[0]))
        return await _plain(send, head, frames, clock)
    return replace(await play(send, scope, script, clock), faults=active)


_NO_HOOK = (
    "the fault {fault!r} works on the connection itself, which this server does not give to "
    "applications. Serve the app with `mock-providers serve`, with MockServer, or with uvicorn and "
    "http=mock_providers.faults.HookedProtocol."
)


def refusal(status: int, message: str) -> tuple[Head, list[Frame]]:
    """An answer of the mock itself, not of the provider: bad control input, or no way to do it.
    The header ``x-mock-error`` tells it from a provider's error."""
    body = json.dumps({"error": {"type": "mock_error", "message": message}}).encode()
    return Head(status, "application/json", (("x-mock-error", "true"),)), [(None, body)]


def apply(script: Script, active: Active, wire: Wire) -> Script:
    """The script after all faults, in the order of their layers.

    A fault that found nothing to act on (tool calls in a text) is named in the header
    ``x-mock-idle``: what did not happen must not pass for what did.
    """
    script = replace(script, ops=tuple(script.ops))
    for fault in sorted(active, key=_rank):
        script = _applied(script, fault, wire)
    return _with_length(script)


def _applied(script: Script, fault: Fault, wire: Wire) -> Script:
    spec = CATALOGUE[fault.name]
    if spec.apply is None:
        return script
    after = spec.apply(script, fault, wire)
    after = replace(after, ops=tuple(after.ops))
    if after == script and spec.layer != "error":
        return after.with_head(lambda head: head.adding((IDLE_HEADER, fault.text)))
    return after


def _rank(fault: Fault) -> int:
    return _ORDER[CATALOGUE[fault.name].layer]


def _script(head: Head, frames: Iterable[Frame | Wait]) -> Script:
    ops = tuple(f if isinstance(f, Wait) else Piece(f[1], f[0]) for f in frames)
    return Script(head, ops, any(isinstance(op, Piece) and op.event for op in ops))


def _with_length(script: Script) -> Script:
    """A plain body tells its length, as it does without faults."""
    if script.stream or script.head is None or script.head.framing != "auto":
        return script
    ops = list(script.ops)
    if any(name.lower() == "content-length" for name, _ in script.head.headers):
        return replace(script, ops=ops)
    size = sum(len(op.data) for op in ops if isinstance(op, Piece | Raw))
    return replace(script, head=script.head.adding(("content-length", str(size))), ops=ops)


async def deliver_ready(
    send: Send, headers: list[tuple[bytes, bytes]], body: bytes, *, stream: bool
) -> Delivered:
    """Sends a faultless answer with status 200 whose bytes are ready, in one write."""
    if not stream:
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    return Delivered(200, len(body), "complete")


async def _plain(
    send: Send,
    head: Head,
    frames: Iterable[Frame | Wait],
    clock: Clock,
    hook: Hook | None = None,
) -> Delivered:
    """An answer without faults: one write, unless there are pauses or very much of it. With the
    hook it ends where the client has gone."""
    gathered: list[bytes] = []
    gathered_size = size = 0
    started = False
    events = False
    for frame in frames:
        if isinstance(frame, Wait):
            if not started:
                await send(start_message(head, None))
                started = True
            if gathered:
                await send(body_message(b"".join(gathered), more=True))
                gathered, gathered_size = [], 0
            if hook is not None and frame.seconds >= _WATCHED:
                await hook.sleep(frame.seconds, clock)
            else:
                await clock.sleep(frame.seconds)
            if hook is not None and hook.closed:
                return Delivered(head.status, size, "gone")
            continue
        event, data = frame
        events = events or event is not None
        gathered.append(data)
        size += len(data)
        gathered_size += len(data)
        if gathered_size > _COALESCE_LIMIT and events:
            if not started:
                await send(start_message(head, None))
                started = True
            await send(body_message(b"".join(gathered), more=True))
            gathered, gathered_size = [], 0
    if not started:
        # A plain body has a length, a stream has none.
        await send(start_message(head, None if events else size))
    await send(body_message(b"".join(gathered), more=False))
    return Delivered(head.status, size, "complete")
