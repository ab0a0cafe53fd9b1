"""JSON values with holes, compiled once.

A string that is one hole (``"{code}"``) becomes the value itself, whatever its type; in a longer
string holes are replaced by their text. A key written ``"name?"`` is left out when its value has
a hole nobody filled or is `ABSENT`. ``{{`` and ``}}`` are braces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Values = Mapping[str, Any]
Template = Callable[[Values], Any]

ABSENT: Any = object()
"""A value that takes its key with it."""

_HOLE = re.compile(r"\{\{|\}\}|\{([a-zA-Z_][a-zA-Z0-9_]*)\}")


def holes(value: Any) -> frozenset[str]:
    """Names of the holes in a value."""
    match value:
        case str():
            return frozenset(m[1] for m in _HOLE.finditer(value) if m[1])
        case Mapping():
            return frozenset().union(*map(holes, value.values()))
        case list() | tuple():
            return frozenset().union(*map(holes, value))
        case _:
            return frozenset()


def compile_template(value: Any) -> Template:
    """A function from the holes' values to the filled value. Unfilled holes raise `KeyError`."""
    match value:
        case str():
            return _string(value)
        case Mapping():
            return _mapping(value)
        case list() | tuple():
            items = [compile_template(item) for item in value]
            return lambda values: [item(values) for item in items]
        case _:
            return lambda _values: value


def _string(text: str) -> Template:
    if (whole := _HOLE.fullmatch(text)) and whole[1]:
        name = whole[1]
        return lambda values: values[name]
    pieces: list[str | None] = []
    names: list[str] = []
    position = 0
    for found in _HOLE.finditer(text):
        pieces.append(text[position : found.start()])
        if found[1]:
            names.append(found[1])
            pieces.append(None)
        else:
            pieces.append(found[0][0])
        position = found.end()
    pieces.append(text[position:])
    if not names:
        constant = "".join(piece or "" for piece in pieces)
        return lambda _values: constant
    pattern = "".join("%s" if piece is None else piece.replace("%", "%%") for piece in pieces)
    keys = tuple(names)
    return lambda values: pattern % tuple(values[key] for key in keys)


def _mapping(template: Mapping[str, Any]) -> Template:
    always = [(key, compile_template(v)) for key, v in template.items() if not key.endswith("?")]
    if len(always) == len(template):
        return lambda values: {key: fill(values) for key, fill in always}
    entries = [
        (k.removesuffix("?"), compile_template(v), k[-1:] == "?") for k, v in template.items()
    ]

    def fill_present(values: Values) -> dict[str, Any]:
        filled: dict[str, Any] = {}
        for key, fill, optional in entries:
            try:
                value = fill(values)
            except KeyError:
                if not optional:
                    raise
                continue
            if value is not ABSENT or not optional:
                filled[key] = value
        return filled

    return fill_present
