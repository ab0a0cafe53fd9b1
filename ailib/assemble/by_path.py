"""Tool arguments that come as values at JSON paths (Vertex: ``partialArgs``), put together.

A string may come in pieces: ``willContinue`` on a value says that the next one at the same path is
added to it. Source: Vertex AI, streaming of function call arguments; recorded by the test suite
of Vercel's AI SDK.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from typing import Any

from ailib.mapping.grammar import EACH, ExpressionError, parse_path

VALUES = ("stringValue", "numberValue", "boolValue", "structValue", "listValue")


class PathArguments:
    """The object that values at paths make; what cannot be placed is left out."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}
        self._growing: tuple[Any, ...] | None = None

    def add(self, items: Iterable[Any]) -> None:
        """Places the values of one frame."""
        for item in items:
            if isinstance(item, dict) and isinstance(item.get("jsonPath"), str):
                self._place(item)

    def json(self) -> str:
        """The object so far as JSON text."""
        return json.dumps(self._made, ensure_ascii=False, separators=(",", ":"))

    def _place(self, item: dict[str, Any]) -> None:
        try:
            steps = parse_path(item["jsonPath"]).steps
        except ExpressionError:
            return
        if not steps or EACH in steps:
            return
        value = next((item[name] for name in VALUES if name in item), None)
        holder: Any = self._made
        for step, following in itertools.pairwise(steps):
            inside = _get(holder, step)
            if not isinstance(inside, dict | list):
                inside = [] if isinstance(following, int) else {}
                if not _put(holder, step, inside):
                    return
            holder = inside
        before = _get(holder, steps[-1])
        if self._growing == steps and isinstance(before, str) and isinstance(value, str):
            value = before + value
        _put(holder, steps[-1], value)
        self._growing = steps if item.get("willContinue") else None


def _get(holder: Any, step: str | int) -> Any:
    if isinstance(holder, dict):
        return holder.get(str(step))
    return holder[step] if isinstance(step, int) and step < len(holder) else None


def _put(holder: Any, step: str | int, value: Any) -> bool:
    """Sets a member, or the next element: a path must not make a list of its own choosing."""
    if isinstance(holder, dict):
        holder[str(step)] = value
    elif isinstance(step, int) and step < len(holder):
        holder[step] = value
    elif isinstance(step, int) and step == len(holder):
        holder.append(value)
    else:
        return False
    return True
