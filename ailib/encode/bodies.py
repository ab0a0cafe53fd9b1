"""Putting values into a JSON body: dotted paths and deep merging."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def put(body: dict[str, Any], path: str, value: Any) -> None:
    """Sets ``value`` at a dotted path, objects made on the way; an object is merged into one."""
    *parents, last = path.split(".")
    for name in parents:
        inner = body.get(name)
        if not isinstance(inner, dict):
            inner = body[name] = {}
        body = inner
    old = body.get(last)
    body[last] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value


def look(body: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, ``None`` where there is none."""
    value: Any = body
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``over`` on top: objects are merged, everything else is replaced."""
    merged = dict(base)
    for name, value in over.items():
        old = merged.get(name)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[name] = merge(old, value) if both else value  # type: ignore[arg-type]
    return merged
