"""Tool calls as careless servers send them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from mock_providers.faults import jsonwalk
from mock_providers.faults.plan import Fault
from mock_providers.faults.rewrite import Part, rewritten
from mock_providers.faults.script import Script, Wire
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
    mode = fault["mode"]
    if mode in _SINGLE:
        single = _SINGLE[mode]

        def change(part: Part) -> bool:
            return sum(single(call) for call in jsonwalk.calls(part.json)) > 0

        return rewritten(script, wire, change)
    if mode == "truncated_args":
        return rewritten(script, wire, _halving())
    return rewritten(script, wire, _naming())


def _halving() -> Callable[[Part], bool]:
    """Keeps the first half of each argument text, and nothing of what follows it."""
    halved: set[Any] = set()

    def change(part: Part) -> bool:
        done = False
        for call in jsonwalk.calls(part.json):
            slot = jsonwalk.arguments(call)
            if slot is None or not isinstance(slot[0][slot[1]], str) or not slot[0][slot[1]]:
                continue
            holder, key = slot
            place = (call.get("index"), call.get("item_id"), part.json.get("index"))
            text = holder[key]
            holder[key] = "" if place in halved else text[: (len(text) + 1) // 2]
            halved.add(place)
            done = True
        return done

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
        "name in every fragment; arguments empty, invalid, cut off, or of the other type (text for "
        "object, object for text)",
        "tools(no_index)",
        ("C5",),
        (
            Param(
                "mode",
                default="no_index",
                choices=(*_SINGLE, "truncated_args", "repeat_name"),
            ),
        ),
        _tools,
    ),
)
