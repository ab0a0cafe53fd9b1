"""Plays a script: over ASGI as far as HTTP goes, through the transport's hook beyond it.

Every write before a cut or a silence has been taken by the client's kernel before the cut or the
silence begins.
"""

from __future__ import annotations

import http
import math
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Literal

from mock_providers.clock import Clock
from mock_providers.faults.plan import Active
from mock_providers.faults.script import Cut, Flush, Head, Op, Piece, Raw, Script, Wait
from mock_providers.faults.transport import EXTENSION, Hook

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_FOREVER = 1e8


@dataclass(frozen=True, slots=True)
class Delivered:
    """What went out: the status (``None``: no head), the bytes of the body, how it ended
    (``complete``, ``fin``, ``rst``, ``gone`` for a client that left), the faults in force."""

    status: int | None
    size: int
    end: str
    faults: Active = ()


def start_message(head: Head, length: int | None) -> dict[str, Any]:
    """The ASGI message of a head; ``length`` gives it a content length."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head.headers]
    if head.content_type is not None:
        headers.insert(0, (b"content-type", head.content_type.encode("latin-1")))
    if length is not None:
        headers.append((b"content-length", b"%d" % length))
    return {"type": "http.response.start", "status": head.status, "headers": headers}


def body_message(data: bytes, *, more: bool) -> dict[str, Any]:
    """The ASGI message of a piece of the body."""
    return {"type": "http.response.body", "body": data, "more_body": more}


async def play(send: Send, scope: Mapping[str, Any], script: Script, clock: Clock) -> Delivered:
    """Sends what the script says. Raises `RuntimeError` where it goes beyond HTTP on a server
    without the hook."""
    player = _Player(send, scope, clock)
    end = await player.play(script)
    return Delivered(script.head.status if script.head else None, player.size, end)


async def cut(scope: Mapping[str, Any], mode: Literal["fin", "rst"], clock: Clock) -> None:
    """Ends a connection whose answer is under way, when the client has all of it so far."""
    hook: Hook | None = (scope.get("extensions") or {}).get(EXTENSION)
    if hook is None:
        raise RuntimeError("only a server with the transport hook can cut a connection")
    await hook.cut(mode, clock)


class _Player:
    """Plays one script. ``size`` counts the body's bytes."""

    def __init__(self, send: Send, scope: Mapping[str, Any], clock: Clock) -> None:
        self._send = send
        self._hook: Hook | None = (scope.get("extensions") or {}).get(EXTENSION)
        self._clock = clock
        self._head: Head | None = None
        self._chunked = True
        self.size = 0

    async def play(self, script: Script) -> str:
        """Plays it to its end; what the end was."""
        end = await self._played(script)
        if end == "gone" and self._hook is not None:
            self._hook.leave()
        return end

    async def _played(self, script: Script) -> str:
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
        if self._hook is not None and self._hook.closed:
            return "gone"
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
                await self._send(body_message(data, more=True))
        elif self._chunked:
            self._raw(b"%x\r\n%b\r\n" % (len(data), data))
        else:
            self._raw(data)

    async def _finish(self) -> None:
        assert self._head is not None
        if self._head.framing == "auto":
            await self._send(body_message(b"", more=False))
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
        return cut.mode if await self._needed_hook().cut(cut.mode, self._clock) else "gone"

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
