"""The only place that writes an answer.

Theory of operation. The answer is a `Script`; every active fault is a function from script to
script, applied in the order of the layers; what comes out is played here, over ASGI as far as
HTTP goes and through the transport's hook beyond it. Every write before a cut or a silence has
been taken by the client's kernel before the cut or the silence begins.

Without faults, and where nothing asks for pauses, all frames go out in one write.
"""

from __future__ import annotations

import http
import json
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from mock_providers.clock import Clock
from mock_providers.dialects.base import WireEvent
from mock_providers.faults.catalogue import CATALOGUE
from mock_providers.faults.plan import Active, Fault
from mock_providers.faults.script import Cut, Flush, Head, Op, Piece, Raw, Script, Wait, Wire
from mock_providers.faults.spec import LAYERS
from mock_providers.faults.transport import EXTENSION, Hook

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Frame = tuple[WireEvent | None, bytes]

_COALESCE_LIMIT = 1 << 16
_FOREVER = 1e8
_ORDER = {layer: rank for rank, layer in enumerate(LAYERS)}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What went out: the status (``None``: no head), the bytes of the body, how it ended
    (``complete``, ``fin``, ``rst``, ``gone`` for a client that left), the faults in force."""

    status: int | None
    size: int
    end: str
    faults: Active = ()


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
        return await _plain(send, head, frames, clock)
    hook: Hook | None = (scope.get("extensions") or {}).get(EXTENSION)
    if hook is None and (blocked := [f for f in active if CATALOGUE[f.name].raw(f)]):
        head, frames = refusal(501, _NO_HOOK.format(fault=blocked[0].text))
        return await _plain(send, head, frames, clock)
    script = apply(_script(head, frames), active, wire or Wire(now=clock.now()))
    player = _Player(send, scope, hook, clock)
    end = await player.play(script)
    return Delivered(script.head.status if script.head else None, player.size, end, active)


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
    """The script after all faults, in the order of their layers."""
    for fault in sorted(active, key=_rank):
        transform = CATALOGUE[fault.name].apply
        if transform is not None:
            script = transform(script, fault, wire)
    return _with_length(script)


def _rank(fault: Fault) -> int:
    return _ORDER[CATALOGUE[fault.name].layer]


def _script(head: Head, frames: Iterable[Frame | Wait]) -> Script:
    ops = [frame if isinstance(frame, Wait) else Piece(frame[1], frame[0]) for frame in frames]
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


def start_message(head: Head, length: int | None) -> dict[str, Any]:
    """The ASGI message of a head; ``length`` gives it a content length."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head.headers]
    if head.content_type is not None:
        headers.insert(0, (b"content-type", head.content_type.encode("latin-1")))
    if length is not None:
        headers.append((b"content-length", b"%d" % length))
    return {"type": "http.response.start", "status": head.status, "headers": headers}


async def _plain(
    send: Send,
    head: Head,
    frames: Iterable[Frame | Wait],
    clock: Clock,
) -> Delivered:
    """An answer without faults: one write, unless there are pauses or very much of it."""
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
                await send(_body(b"".join(gathered), more=True))
                gathered, gathered_size = [], 0
            await clock.sleep(frame.seconds)
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
            await send(_body(b"".join(gathered), more=True))
            gathered, gathered_size = [], 0
    if not started:
        # A plain body has a length, a stream has none.
        await send(start_message(head, None if events else size))
    await send(_body(b"".join(gathered), more=False))
    return Delivered(head.status, size, "complete")


def _body(data: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


class _Player:
    """Plays one script. ``size`` counts the body's bytes."""

    def __init__(
        self, send: Send, scope: Mapping[str, Any], hook: Hook | None, clock: Clock
    ) -> None:
        self._send = send
        self._scope = scope
        self._hook = hook
        self._clock = clock
        self._head: Head | None = None
        self._chunked = True
        self.size = 0

    async def play(self, script: Script) -> str:
        """Plays it to its end; what the end was."""
        for op in script.before:
            if end := await self._do(op):
                return end
        if script.head is None:
            return await self._cut(Cut("fin"))
        await self._start(script.head)
        late: Cut | None = None
        for op in script.ops:
            if isinstance(op, Cut) and op.late:
                late = op
                break
            if end := await self._do(op):
                return end
        await self._finish()
        return await self._cut(late) if late else "complete"

    async def _do(self, op: Op) -> str | None:
        """Plays one operation; the end, where it was the last."""
        match op:
            case Piece(data):
                self.size += len(data)
                await self._write(data)
            case Raw(data):
                self.size += len(data)
                self._raw(data)
            case Flush():
                if self._hook and not await self._hook.flush(self._clock):
                    return "gone"
            case Wait(seconds):
                return await self._wait(seconds)
            case Cut():
                return await self._cut(op)
        return None

    async def _start(self, head: Head) -> None:
        self._head = head
        if head.framing == "auto":
            await self._send(start_message(head, None))
            self._chunked = not any(name.lower() == "content-length" for name, _ in head.headers)
            return
        self._chunked = head.framing == "trailers"
        version = "1.0" if head.framing == "http10" else "1.1"
        lines = [f"HTTP/{version} {head.status} {_reason(head)}"]
        if head.content_type is not None:
            lines.append(f"content-type: {head.content_type}")
        lines += [f"{name}: {value}" for name, value in head.headers]
        lines += ["transfer-encoding: chunked", "trailer: x-mock-trailer"] if self._chunked else []
        lines += ["connection: close", "", ""]
        self._raw("\r\n".join(lines).encode("latin-1"))

    async def _write(self, data: bytes) -> None:
        if self._head is not None and self._head.framing == "auto":
            if data:
                await self._send(_body(data, more=True))
        elif self._chunked:
            self._raw(b"%x\r\n%b\r\n" % (len(data), data))
        else:
            self._raw(data)

    async def _finish(self) -> None:
        assert self._head is not None
        if self._head.framing == "auto":
            await self._send(_body(b"", more=False))
            return
        if self._chunked:
            self._raw(b"0\r\nx-mock-trailer: end\r\n\r\n")
        await self._cut(Cut("fin"))

    async def _wait(self, seconds: float) -> str | None:
        if self._hook is None:
            await self._clock.sleep(min(seconds, _FOREVER))
            return None
        if not await self._hook.flush(self._clock):
            return "gone"
        if math.isinf(seconds):
            await self._hook.gone()
            return "gone"
        return None if await self._hook.sleep(seconds, self._clock) else "gone"

    async def _cut(self, cut: Cut) -> str:
        hook = self._needed_hook()
        if not await hook.flush(self._clock):
            return "gone"
        if cut.mode == "rst":
            hook.reset()
        else:
            hook.finish()
        return cut.mode

    def _raw(self, data: bytes) -> None:
        self._needed_hook().write(data)

    def _needed_hook(self) -> Hook:
        if self._hook is None:
            raise RuntimeError("a fault works on the connection but its `raw` does not say so")
        return self._hook


def _reason(head: Head) -> str:
    if head.reason is not None:
        return head.reason
    try:
        return http.HTTPStatus(head.status).phrase
    except ValueError:
        return ""
