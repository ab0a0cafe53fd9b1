"""Tool calls as careless servers send them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from mock_providers.faults import jsonwalk
from mock_providers.faults.plan import Fault
from mock_providers.faults.rewrite import Part, part_of, remade, rewritten
from mock_providers.faults.script import Op, Piece, Script, Wire
from mock_providers.faults.spec import Param, Spec

Call = dict[str, Any]


def _drop_index(call: Call) -> bool:
    return call.pop("index", _drop_index) is not _drop_index


def _set_index(value: int | None) -> Callable[[Call], bool]:
    def change(call: Call) -> bool:
        if "index" not in call:
            return False
        call["index"] = value
        return True

    return change


def _set_id(value: str) -> Callable[[Call], bool]:
    def change(call: Call) -> bool:
        keys = [key for key in jsonwalk.CALL_ID if key in call]
        for key in keys:
            call[key] = value
        return bool(keys)

    return change


def _drop_id(call: Call) -> bool:
    keys = [key for key in jsonwalk.CALL_ID if key in call]
    for key in keys:
        del call[key]
    return bool(keys)


def _set_arguments(change: Callable[[Any], Any]) -> Callable[[Call], bool]:
    def changed(call: Call) -> bool:
        slot = jsonwalk.arguments(call)
        if slot is None:
            return False
        holder, key = slot
        new = change(holder[key])
        different = new is not holder[key]
        holder[key] = new
        return different

    return changed


def _emptied(value: Any) -> Any:
    return "" if isinstance(value, str) else {}


def _turned(value: Any) -> Any:
    """Text becomes the object it stands for, an object its text."""
    if not isinstance(value, str):
        return json.dumps(value)
    try:
        return json.loads(value)
    except ValueError:
        return value


def _spoiled(value: Any) -> Any:
    return value[:-1] + "'" if isinstance(value, str) and value else value


_SINGLE: dict[str, Callable[[Call], bool]] = {
    "no_index": _drop_index,
    "null_index": _set_index(None),
    "zero_index": _set_index(0),
    "no_id": _drop_id,
    "empty_id": _set_id(""),
    "null_id": _set_id("null"),
    "same_id": _set_id("call_same"),
    "empty_args": _set_arguments(_emptied),
    "turned_args": _set_arguments(_turned),
    "invalid_args": _set_arguments(_spoiled),
}


def _tools(script: Script, fault: Fault, wire: Wire) -> Script:
    match fault["mode"]:
        case mode if mode in _SINGLE:
            return rewritten(script, wire, _on_each_call(_SINGLE[mode]))
        case "truncated_args":
            return rewritten(script, wire, _halving())
        case "whole":
            return rewritten(script, wire, _gathering(script))
        case "split_name":
            return _split_names(script, wire)
        case "interleaved":
            return _interleaved(script)
        case _:
            return rewritten(script, wire, _naming())


def _on_each_call(change: Callable[[Call], bool]) -> Callable[[Part], bool]:
    return lambda part: sum(change(call) for call in jsonwalk.calls(part.json)) > 0


def _place(part: Part, call: Call) -> Any:
    """What tells the fragments of one call from those of another."""
    return call.get("index"), call.get("item_id"), part.json.get("index")


def _texts(part: Part) -> Iterator[tuple[Any, Call, str]]:
    """The argument texts of a part, each with its call's place and where it stands."""
    for call in jsonwalk.calls(part.json):
        slot = jsonwalk.arguments(call)
        if slot is not None and isinstance(slot[0][slot[1]], str):
            yield _place(part, call), slot[0], slot[1]


def _gathering(script: Script) -> Callable[[Part], bool]:
    """Puts all of a call's arguments into its first fragment."""
    whole: dict[Any, str] = {}
    for op in script.ops:
        if (part := part_of(op)) is not None and part.kind == "delta":
            for place, holder, key in _texts(part):
                whole[place] = whole.get(place, "") + holder[key]

    def change(part: Part) -> bool:
        found = [slot for slot in _texts(part) if part.kind == "delta"]
        for place, holder, key in found:
            holder[key] = whole.pop(place, "")
        return bool(found)

    return change


def _split_names(script: Script, wire: Wire) -> Script:
    """Sends each name in two halves, the second in a fragment of its own."""
    ops: list[Op] = []
    for op in script.ops:
        ops.append(op)
        first, second = part_of(op), part_of(op)
        if first is None or second is None or first.kind is None or not isinstance(op, Piece):
            continue
        halves = list(zip(jsonwalk.calls(first.json), jsonwalk.calls(second.json), strict=True))
        halves = [pair for pair in halves if len(str(jsonwalk.named(pair[0]).get("name", ""))) > 1]
        for one, other in halves:
            name = jsonwalk.named(one)["name"]
            jsonwalk.named(one)["name"] = name[: len(name) // 2]
            jsonwalk.named(other)["name"] = name[len(name) // 2 :]
            _drop_id(other)
        if halves:
            ops[-1:] = [remade(op, first.json, wire), remade(op, second.json, wire)]
    return replace(script, ops=ops)


def _interleaved(script: Script) -> Script:
    """Takes the fragments of parallel calls in turn."""
    ops = list(script.ops)
    queues: dict[Any, list[Op]] = {}
    places: list[int] = []
    for number, op in enumerate(ops):
        part = part_of(op)
        if part is None or part.kind != "delta":
            continue
        for place in [_place(part, call) for call in jsonwalk.calls(part.json)][:1]:
            queues.setdefault(place, []).append(op)
            places.append(number)
    turns = [op for turn in zip_longest(*queues.values()) for op in turn if op is not None]
    for number, op in zip(places, turns, strict=True):
        ops[number] = op
    return replace(script, ops=ops)


def _halving() -> Callable[[Part], bool]:
    """Keeps the first half of each argument text, and nothing of what follows it."""
    halved: set[Any] = set()

    def change(part: Part) -> bool:
        found = [slot for slot in _texts(part) if slot[1][slot[2]]]
        for place, holder, key in found:
            text = holder[key]
            holder[key] = "" if place in halved else text[: (len(text) + 1) // 2]
            halved.add(place)
        return bool(found)

    return change


def _naming() -> Callable[[Part], bool]:
    """Repeats the function's name in every fragment."""
    names: dict[Any, str] = {}

    def change(part: Part) -> bool:
        done = False
        for call in jsonwalk.calls(part.json):
            holder, place = jsonwalk.named(call), call.get("index")
            if isinstance(holder.get("name"), str) and holder["name"]:
                names[place] = holder["name"]
            elif place in names:
                holder["name"] = names[place]
                done = True
        return done

    return change


FAULTS = (
    Spec(
        "tools",
        "content",
        "tool calls with missing, null or equal index; missing, empty, equal or 'null' id; the "
        "name in every fragment or in two halves; whole calls in one fragment, parallel ones "
        "interleaved; arguments empty, invalid, cut off, or of the other type (text for "
        "object, object for text)",
        "tools(no_index)",
        ("C5",),
        (
            Param(
                "mode",
                default="no_index",
                choices=(
                    *_SINGLE,
                    "truncated_args",
                    "repeat_name",
                    "split_name",
                    "whole",
                    "interleaved",
                ),
            ),
        ),
        _tools,
    ),
)
