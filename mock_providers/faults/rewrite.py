"""Changes the JSON of events (or of a plain body) and gives it its bytes again."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from mock_providers.dialects.base import EventKind, WireEvent
from mock_providers.faults.plan import Fault
from mock_providers.faults.script import Op, Piece, Script, Wire


@dataclass(slots=True)
class Part:
    """One event on its way through a fault: what it is for, its JSON, and its turn among the
    events that carry content (from 0). A plain body is one part of kind ``None``."""

    kind: EventKind | None
    json: Any
    turn: int


Change = Callable[[Part], bool]
"""Changes a part's JSON in place; whether it did."""


def rewritten(script: Script, wire: Wire, change: Change) -> Script:
    """The script with every JSON value put through ``change``."""
    ops: list[Op] = []
    turn = 0
    for op in script.ops:
        part = part_of(op, turn)
        if part is not None and isinstance(op, Piece):
            turn += part.kind == "delta"
            if change(part):
                ops.append(remade(op, part.json, wire))
                continue
        ops.append(op)
    return replace(script, ops=ops)


def part_of(op: Op, turn: int = 0) -> Part | None:
    """The JSON of a piece, as a copy; `None` for what is none."""
    if not isinstance(op, Piece):
        return None
    if op.event is not None:
        if not isinstance(op.event.data, dict | list):
            return None
        return Part(op.event.kind, copy.deepcopy(op.event.data), turn)
    try:
        return Part(None, json.loads(op.data), turn)
    except ValueError:
        return None


def remade(piece: Piece, value: Any, wire: Wire) -> Piece:
    """A piece with another value, in the form of its dialect."""
    if piece.event is not None:
        event = replace(piece.event, data=value)
        return Piece(wire.frame(event), event)
    indent = 2 if piece.data[:4].startswith((b"{\n  ", b"[\n  ")) else None
    separators = (",", ": ") if indent or b'": ' in piece.data[:200] else (",", ":")
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    return Piece(text.encode("utf-8", "surrogatepass"))


def framed(event: WireEvent, wire: Wire) -> Piece:
    """A new event as a piece."""
    return Piece(wire.frame(event), event)


def each(script: Script, expand: Callable[[Piece], Iterator[Op]]) -> Script:
    """The script with every piece put through ``expand``."""

    def expanded(ops: Iterator[Op]) -> Iterator[Op]:
        for op in ops:
            if isinstance(op, Piece):
                yield from expand(op)
            else:
                yield op

    return script.mapped(expanded)


_BINARY = "application/vnd.amazon.eventstream"


def text_only(script: Script, fault: Fault) -> None:
    """Raises `LookupError` for an answer of binary frames, which the fault cannot act on."""
    if script.head and (script.head.content_type or "").startswith(_BINARY):
        raise LookupError(f"{fault.text!r} works on text, and this stream is binary frames")
