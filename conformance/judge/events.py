"""A client's events in one comparable form.

How a text is cut into deltas is the network's doing, so neighbours of the same kind (and call,
and candidate) are merged before a sequence is compared. Metadata may come anywhere and is
compared through ``usage`` instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.model import Event

# For each kind of event: the key it has in a scenario, and the field that is its value there.
COMPACT = {
    "text": ("text", "text"),
    "thinking": ("thinking", "text"),
    "tool_start": ("tool", "name"),
    "tool_args": ("arguments", "text"),
    "tool_end": ("tool_end", "complete"),
    "candidate": ("candidate", "finish"),
    "end": ("end", "finish"),
}
_MERGED = {"text", "thinking", "tool_args"}


def compact(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events as a scenario writes them: ``[{text: Hello}, {end: end_turn}]``."""
    merged: list[dict[str, Any]] = []
    last: tuple[Any, ...] = ()
    for event in events:
        if event.kind not in COMPACT:
            continue
        key, field = COMPACT[event.kind]
        value = event.data.get(field)
        group = (event.kind, event.data.get("index", 0), event.data.get("id"))
        if event.kind in _MERGED and group == last:
            merged[-1][key] += value
        elif event.kind not in _MERGED or value:
            merged.append({key: value})
        else:
            continue
        last = group
    return merged


def joined(events: Iterable[Event], kind: str, index: int = 0) -> str:
    """All text of one kind and candidate (or tool call)."""
    return "".join(
        event.data["text"]
        for event in events
        if event.kind == kind and event.data.get("index", 0) == index
    )
