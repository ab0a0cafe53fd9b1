"""Events added to a stream, repeated, left out, in another order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from mock_providers.dialects.base import WireEvent
from mock_providers.faults.places import at
from mock_providers.faults.plan import Fault
from mock_providers.faults.rewrite import framed, part_of, remade, text_only
from mock_providers.faults.script import Cut, Op, Piece, Script, Wire
from mock_providers.faults.spec import Param, Spec

_KINDS = ("start", "delta", "ping", "finish", "usage", "end", "other")


def _kind(op: Op) -> str | None:
    return op.event.kind if isinstance(op, Piece) and op.event else None


def _error_event(script: Script, fault: Fault, wire: Wire) -> Script:
    # Now, not while playing: an error without an in-stream form must refuse the request.
    pieces = wire.error(fault["error"])
    if not pieces:
        raise LookupError(f"this API has no form of the error {fault['error']!r} inside a stream")

    def strike(following: Piece | None, rest: Iterator[Op]) -> Iterator[Op]:
        match fault["end"]:
            case "go_on":
                yield from (piece for piece in pieces if _kind(piece) != "end")
                yield from (following,) if following is not None else ()
                yield from rest
            case "rst" | "fin" as mode:
                yield from pieces
                yield Cut(mode)
            case _:
                yield from pieces

    return script.mapped(lambda ops: at(ops, fault["after"], strike))


def _dup(script: Script, fault: Fault, _wire: Wire) -> Script:
    what, count = fault["what"], fault["count"]
    ops = list(script.ops)
    if what == "delta":
        places = [n for n, op in enumerate(ops) if _kind(op) == "delta"]
        chosen = set(places[max(fault["after"], 1) - 1 :][:1] or places[-1:])
    else:
        chosen = {n for n, op in enumerate(ops) if what == "all" or _kind(op) == what}
    if not chosen:
        return script
    out = [op for n, op in enumerate(ops) for op in [op] * (1 + count * (n in chosen))]
    return replace(script, ops=out)


def _drop(script: Script, fault: Fault, _wire: Wire) -> Script:
    ops = list(script.ops)
    kept = [op for op in ops if _kind(op) != fault["what"]]
    return replace(script, ops=kept)


def _swap(script: Script, fault: Fault, _wire: Wire) -> Script:
    ops = list(script.ops)
    places = [n for n, op in enumerate(ops) if _kind(op) == "delta"]
    if len(places) < 2:
        return script
    first = min(max(fault["after"], 0), len(places) - 2)
    one, other = places[first], places[first + 1]
    ops[one], ops[other] = ops[other], ops[one]
    return replace(script, ops=ops)


def _late(script: Script, fault: Fault, _wire: Wire) -> Script:
    ops = list(script.ops)
    deltas = [op for op in ops if _kind(op) == "delta"]
    finishes = [n for n, op in enumerate(ops) if _kind(op) == "finish"]
    if not deltas or (fault["after"] == "finish" and not finishes):
        return script
    place = finishes[-1] + 1 if fault["after"] == "finish" else len(ops)
    return replace(script, ops=[*ops[:place], deltas[-1], *ops[place:]])


def _merge_finish(script: Script, _fault: Fault, wire: Wire) -> Script:
    """The last content rides on the finish event, where both are of one kind."""
    ops = list(script.ops)
    finish = next((n for n, op in enumerate(ops) if _kind(op) == "finish"), None)
    last = max((n for n in range(finish or 0) if _kind(ops[n]) == "delta"), default=None)
    if finish is None or last is None:
        return script
    one, other = ops[last], ops[finish]
    content, ending = part_of(one), part_of(other)
    if content is None or ending is None or not isinstance(other, Piece):
        return script
    if isinstance(one, Piece) and one.event and other.event and one.event.name != other.event.name:
        return script
    ops[finish] = remade(other, _merged(content.json, ending.json), wire)
    return replace(script, ops=[*ops[:last], *ops[last + 1 :]])


def _merged(content: Any, ending: Any) -> Any:
    """Both values in one; where both say something, the ending's counts."""
    match content, ending:
        case dict(), dict():
            keys = [*content, *(key for key in ending if key not in content)]
            return {key: _merged(content.get(key), ending.get(key)) for key in keys}
        case list(), list():
            return [_merged(one, other) for one, other in zip_longest(content, ending)]
        case _:
            return content if ending in (None, "", [], {}) else ending


_JUNK = {
    "comment": b": keepalive\n\n",
    "data_comment": b"data: : keepalive\n\n",
    "empty_data": b"data: \n\n",
    "blank": b"\n",
    "retry": b"retry: 3000\n\n",
    "id": b"id: 7\n\n",
}


def _keepalive(script: Script, fault: Fault, wire: Wire) -> Script:
    form, place = fault["form"], fault["at"]
    if form != "ping":
        text_only(script, fault)
    if form == "ping":
        ping = WireEvent("ping", {"type": "ping"}, "ping")
        junk = framed(ping, wire) if script.stream else Piece(b" ")
    else:
        junk = Piece(_JUNK[form] if script.stream else b"\n")

    def filled(ops: Iterator[Op]) -> Iterator[Op]:
        first = True
        for op in ops:
            wanted = place == "every" or (place == "first" and first)
            if isinstance(op, Piece) and (wanted or (place == "end" and _kind(op) == "end")):
                yield junk
            first = first and not isinstance(op, Piece)
            yield op
        if place == "end":
            yield junk

    return script.mapped(filled)


def _unknown_event(script: Script, fault: Fault, wire: Wire) -> Script:
    def strike(following: Piece | None, rest: Iterator[Op]) -> Iterator[Op]:
        # Under a name where the dialect names its events, else told by its type alone.
        name = following.event.name if following and following.event else None
        called = "mock_unknown" if name and name[0].isalpha() else name
        yield framed(WireEvent("other", {"type": "mock_unknown", "value": [1, None]}, called), wire)
        yield from (following,) if following is not None else ()
        yield from rest

    return script.mapped(lambda ops: at(ops, fault["after"], strike))


def _prelude(script: Script, fault: Fault, wire: Wire) -> Script:
    """A first chunk without content, as Azure sends it; further chunks without the list at all."""
    ops = list(script.ops)
    place = next((n for n, op in enumerate(ops) if (part_of(op))), None)
    part = part_of(ops[place]) if place is not None else None
    first = ops[place] if place is not None else None
    lists = [
        key
        for key in ("choices", "candidates")
        if part is not None and isinstance(part.json, dict) and key in part.json
    ]
    if part is None or not lists or not isinstance(first, Piece) or not script.stream:
        return script
    for key in lists:
        if fault["mode"] == "absent":
            del part.json[key]
        else:
            part.json[key] = []
    for key in ("id", "model", "object"):
        if key in part.json:
            part.json[key] = ""
    if "created" in part.json:
        part.json["created"] = 0
    part.json["prompt_filter_results"] = [{"prompt_index": 0, "content_filter_results": {}}]
    empty = remade(first, part.json, wire)
    return replace(script, ops=[*ops[:place], empty, *ops[place:]])


_AFTER = Param("after", "int", 3, about="content events before it")

FAULTS = (
    Spec(
        "error_event",
        "sequence",
        "an error inside the stream, in the provider's own form, after which it ends (or goes on)",
        "error_event(overloaded,after=3)",
        ("C1",),
        (
            Param("error", default="server_error", about="name or status in the error table"),
            _AFTER,
            Param("end", default="clean", choices=("clean", "fin", "rst", "go_on")),
        ),
        _error_event,
        lambda fault: fault["end"] in {"fin", "rst"},
    ),
    Spec(
        "dup",
        "sequence",
        "events sent again: the N-th content event, every event, or those of a kind (two finish "
        "chunks, two terminators)",
        "dup(delta,after=3)",
        ("C6", "C4"),
        (
            Param("what", default="delta", choices=(*_KINDS, "all")),
            _AFTER,
            Param("count", "int", 1, about="how many times more"),
        ),
        _dup,
    ),
    Spec(
        "drop",
        "sequence",
        "events of a kind are left out: no terminator, no finish, no usage, no start …",
        "drop(end)",
        ("S1", "C4", "C9"),
        (Param("what", default="end", choices=_KINDS),),
        _drop,
    ),
    Spec(
        "swap",
        "sequence",
        "two content events change places",
        "swap(after=1)",
        ("C6",),
        (Param("after", "int", 1),),
        _swap,
    ),
    Spec(
        "late",
        "sequence",
        "content once more after the finish, or after the terminator",
        "late(after=end)",
        ("C4", "C6"),
        (Param("after", default="finish", choices=("finish", "end")),),
        _late,
    ),
    Spec(
        "merge_finish",
        "sequence",
        "the last content comes in one event with the finish reason",
        "merge_finish",
        ("C4",),
        (),
        _merge_finish,
    ),
    Spec(
        "keepalive",
        "sequence",
        "what servers send to keep a connection alive: comments, comments in data lines, empty "
        "data, blank lines, pings, `retry:` and `id:` lines (white space before a plain body)",
        "keepalive(comment,at=every)",
        ("S9",),
        (
            Param("form", default="comment", choices=(*_JUNK, "ping")),
            Param("at", default="every", choices=("every", "first", "end")),
        ),
        _keepalive,
    ),
    Spec(
        "unknown_event",
        "sequence",
        "an event of a type nobody knows",
        "unknown_event(after=1)",
        ("C11",),
        (Param("after", "int", 1),),
        _unknown_event,
    ),
    Spec(
        "prelude",
        "sequence",
        "a first chunk with empty `choices` and empty id and model (or without `choices`)",
        "prelude(empty)",
        ("C3",),
        (Param("mode", default="empty", choices=("empty", "absent")),),
        _prelude,
    ),
)
