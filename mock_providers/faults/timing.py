"""Silence and slowness. All seconds are the injected clock's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mock_providers.faults.places import at, before_end
from mock_providers.faults.plan import Fault
from mock_providers.faults.script import Flush, Op, Piece, Script, Wait, Wire
from mock_providers.faults.spec import Param, Spec


def _stall(script: Script, fault: Fault, _wire: Wire) -> Script:
    wait = Wait(fault["for"])
    if fault["at"] == "headers":
        return replace(script, before=(*script.before, wait))

    def strike(following: Piece | None, rest: Iterator[Op]) -> Iterator[Op]:
        if following is not None and not script.stream:
            head, tail = _divide(following, fault["at"])
            yield from (head,) if head.data else ()
            following = tail
        yield wait
        yield from (following,) if following is not None else ()
        yield from rest

    if fault["at"] == "after":
        return script.mapped(lambda ops: before_end(ops, strike))
    after = 0 if fault["at"] == "first" else fault["after"]
    return script.mapped(lambda ops: at(ops, after, strike))


def _divide(body: Piece, place: str) -> tuple[Piece, Piece]:
    size = {"first": 0, "between": len(body.data) // 2, "after": max(len(body.data) - 1, 0)}[place]
    return Piece(body.data[:size], body.event), Piece(body.data[size:], body.event)


_PACED = ("delta", "finish")


def _latency(script: Script, fault: Fault, wire: Wire) -> Script:
    gap = 1 / fault["tps"] if fault["tps"] else 0.0

    def paced(ops: Iterator[Op]) -> Iterator[Op]:
        first = True
        for op in ops:
            if isinstance(op, Piece) and (op.event is None or op.event.kind in _PACED):
                seconds = fault["ttft"] if first else gap
                seconds *= 1 + fault["jitter"] * (2 * wire.random.random() - 1)
                if seconds > 0:
                    yield Wait(seconds)
                first = False
            yield op

    return script.mapped(paced)


def _drip(script: Script, fault: Fault, _wire: Wire) -> Script:
    size = max(1, fault["bytes"])

    def dripping(ops: Iterator[Op]) -> Iterator[Op]:
        for op in ops:
            if not isinstance(op, Piece):
                yield op
                continue
            for start in range(0, len(op.data), size):
                yield Piece(op.data[start : start + size], op.event)
                yield Wait(fault["every"]) if fault["every"] else Flush()

    return script.mapped(dripping)


def _split_utf8(script: Script, _fault: Fault, _wire: Wire) -> Script:
    ops: list[Op] = []
    for op in script.ops:
        if not isinstance(op, Piece):
            ops.append(op)
            continue
        start = 0
        for index, byte in enumerate(op.data):
            if byte >= 0xC0:  # opens a code point of several bytes
                ops += (Piece(op.data[start : index + 1], op.event), Flush())
                start = index + 1
        ops.append(Piece(op.data[start:], op.event))
    return replace(script, ops=ops)


def _coalesce(script: Script, fault: Fault, _wire: Wire) -> Script:
    count = fault["count"]

    def batched(ops: Iterator[Op]) -> Iterator[Op]:
        held: list[Piece] = []
        for op in ops:
            if isinstance(op, Piece):
                held.append(op)
            if held and (not isinstance(op, Piece) or len(held) == count):
                yield Piece(b"".join(piece.data for piece in held), held[-1].event)
                held = []
            if not isinstance(op, Piece):
                yield op
        if held:
            yield Piece(b"".join(piece.data for piece in held), held[-1].event)

    return script.mapped(batched)


FAULTS = (
    Spec(
        "stall",
        "time",
        "silence: before the headers, before the first content, between two pieces of content, or "
        "after the last one; `for=inf` until the client leaves",
        "stall(at=between,for=30)",
        ("S5",),
        (
            Param("at", default="between", choices=("headers", "first", "between", "after")),
            Param("for", "seconds", 30.0),
            Param("after", "int", 1, about="content events before it, for `between`"),
        ),
        _stall,
    ),
    Spec(
        "latency",
        "time",
        "a paced answer: seconds to the first content, content events a second, jitter as a share",
        "latency(ttft=0.5,tps=20,jitter=0.2)",
        ("S5",),
        (
            Param("ttft", "seconds", 0.0),
            Param("tps", "number", 0.0),
            Param("jitter", "number", 0.0),
        ),
        _latency,
    ),
    Spec(
        "drip",
        "chunk",
        "writes of so many bytes, each flushed before the next",
        "drip(bytes=1)",
        ("S6",),
        (Param("bytes", "int", 1), Param("every", "seconds", 0.0)),
        _drip,
    ),
    Spec(
        "split_utf8",
        "chunk",
        "a write ends inside each code point of several bytes",
        "split_utf8",
        ("S7",),
        (),
        _split_utf8,
    ),
    Spec(
        "coalesce",
        "chunk",
        "several events in one write; all of them without a count",
        "coalesce(count=3)",
        ("S6",),
        (Param("count", "int", 0),),
        _coalesce,
    ),
)
