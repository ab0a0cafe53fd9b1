"""What replay and proxy share: a request with its faults, a recorded answer as a script."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import accumulate
from random import Random
from typing import Any

from mock_providers.cassettes.chunking import Chunking, chunked
from mock_providers.cassettes.events import events, is_stream
from mock_providers.cassettes.model import Response
from mock_providers.clock import Clock
from mock_providers.dialects.base import Inbound, WireEvent
from mock_providers.dialects.wire import ndjson, sse
from mock_providers.faults import (
    Active,
    Attempts,
    Cut,
    Fault,
    FaultPlan,
    FaultSyntaxError,
    Flush,
    Head,
    Op,
    Piece,
    Script,
    Send,
    Wait,
    Wire,
    clean_path,
    deliver,
    deliver_script,
    find,
    joined,
    refusal,
    refusing,
    resolve,
    retry_headers,
)

_SET_HERE = frozenset(
    {"content-type", "content-length", "content-encoding", "transfer-encoding", "connection"}
)
"""Headers that the answer gets from its body and its connection. The length of an answer that
was cut is what it promised, and stays."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and the faults in force for it."""

    inbound: Inbound
    query: str
    active: Active = ()

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.inbound.path}?{self.query}" if self.query else self.inbound.path


async def read_request(scope: MutableMapping[str, Any], receive: Any) -> Asked:
    """A request as it is, whatever it carries."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {n.decode("latin-1").lower(): v.decode("latin-1") for n, v in scope["headers"]}
    try:
        value = json.loads(body) if body else None
    except ValueError:
        value = None
    inbound = Inbound(scope["method"], scope["path"], headers=headers, body=body, json=value)
    return Asked(inbound, scope["query_string"].decode("latin-1"))


def with_faults(
    asked: Asked, attempts: Attempts, seed: int, always: FaultPlan | None = None
) -> Asked:
    """The request without its carriers, and its faults in force; those of ``always`` come on top.
    Raises `FaultSyntaxError`."""
    path, texts = clean_path(asked.inbound.path)
    carried = find(replace(asked.inbound, path=path), *texts)
    plan = joined(carried.plan, always) if always else carried.plan
    active = resolve(plan, carried.inbound, attempts, seed)
    return Asked(carried.inbound, asked.query, active)


async def answer(
    send: Send,
    scope: MutableMapping[str, Any],
    response: Response,
    active: Active,
    clock: Clock,
    *,
    chunking: Chunking = "as-recorded",
    speed: float = 0.0,
) -> None:
    """Sends a recorded answer with faults on top. ``speed`` divides the recorded delays; 0 leaves
    them out."""
    if fault := refusing(active):
        head, frames = _refused(fault, clock.now())
        await deliver(send, scope, head, frames, active, clock)
        return
    script = _script(response, active, chunking, speed)
    wire = Wire(_frame(response.content_type), random=Random(0), now=clock.now())
    await deliver_script(send, scope, script, active, clock, wire=wire)


async def refuse(
    send: Send, scope: MutableMapping[str, Any], error: FaultSyntaxError | str, clock: Clock
) -> None:
    """Answers what cannot be done: 400 for a bad fault, 501 for what was not recorded."""
    head, frames = refusal(400 if isinstance(error, FaultSyntaxError) else 501, str(error))
    # Retrying would not make the request a better one.
    head = head.adding(("x-should-retry", "false"))
    await deliver(send, scope, head, frames, (), clock)


def _refused(fault: Fault, now: float) -> tuple[Head, list[tuple[None, bytes]]]:
    """A refusal by status alone: a recording has no error table."""
    text = fault["error"]
    if not text.isdigit():
        head, frames = refusal(
            400, f"{fault.text!r}: only mocks of a provider know errors by name; use a status"
        )
        return head, [(None, data) for _, data in frames]
    phrase = HTTPStatus(int(text)).phrase if int(text) in _KNOWN else "Error"
    body = {"error": {"message": phrase, "type": "mock_error", "code": int(text)}}
    head = Head(int(text), "application/json", retry_headers(fault, now))
    return head, [(None, json.dumps(body).encode())]


_KNOWN = frozenset(int(status) for status in HTTPStatus)


def _script(response: Response, active: Active, chunking: Chunking, speed: float) -> Script:
    """The recorded pieces; under faults whole events, since faults aim at these."""
    stream = is_stream(response.content_type)
    ours = _SET_HERE if response.end == "done" else _SET_HERE - {"content-length"}
    kept = tuple((n, v) for n, v in response.headers if n.lower() not in ours)
    head = Head(response.status, response.content_type or None, kept, response.reason or None)
    whole = stream and bool(active)
    ops = list(_events(response, speed) if whole else _chunks(response, chunking, speed))
    if response.end != "done":
        ops.append(Cut(response.end))
    return Script(head, ops, stream)


def _chunks(response: Response, chunking: Chunking, speed: float) -> Iterator[Op]:
    for chunk in chunked(response.chunks, chunking):
        yield from _pause(chunk.delay, speed)
        yield Piece(chunk.data)
        yield Flush()


def _events(response: Response, speed: float) -> Iterator[Op]:
    """An event goes out when the piece came in which it ends."""
    ends = [0, *accumulate(len(chunk.data) for chunk in response.chunks)]
    sent = arrived = 0
    for event, data in events(response.content_type, response.body):
        sent += len(data)
        while ends[arrived] < sent:
            yield from _pause(response.chunks[arrived].delay, speed)
            arrived += 1
        yield Piece(data, event)


def _pause(delay: float, speed: float) -> Iterator[Op]:
    if speed and delay:
        yield Wait(delay / speed)


def _frame(content_type: str) -> Any:
    """How a changed event of such a stream gets its bytes."""
    if content_type.startswith("text/event-stream"):
        return sse
    if "ndjson" in content_type:
        return ndjson

    def refused(_event: WireEvent) -> bytes:
        raise LookupError(f"recorded events of {content_type or 'this type'} cannot be rewritten")

    return refused
