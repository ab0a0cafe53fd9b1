"""JSON templates: what a manifest writes, with ``$name`` where a value goes.

A string ``"$name"`` is the value of that name; a key or element whose value is missing is left
out. ``${name}`` inside longer text is replaced by its text (the whole is missing where one is).
``{"$or": [a, b]}`` is the first of them that is not missing. ``{"$if": name, "then": t, "else":
e}`` asks whether the name has a value. ``"$$"`` begins a literal ``$``. Anything else stands for
itself, null included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final


class _Missing:
    """The one object that says "no value here"; null is a value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
Scope = Mapping[str, Any]
Template = Callable[[Scope], Any]

_NAME = re.compile(r"\$([A-Za-z_]\w*)$")
_HOLE = re.compile(r"\$\{([A-Za-z_]\w*)\}")


def compile_template(source: Any) -> Template:
    """A function from a scope (name: value; ``None`` counts as missing) to the JSON value."""
    if isinstance(source, str):
        return _text(source)
    if isinstance(source, list):
        return _list([compile_template(item) for item in source])
    if isinstance(source, Mapping):
        if "$or" in source:
            return _first([compile_template(item) for item in source["$or"]])
        if "$if" in source:
            return _choice(source)
        return _object({str(key): compile_template(value) for key, value in source.items()})
    return lambda scope: source  # noqa: ARG005


def _text(source: str) -> Template:
    if source.startswith("$$"):
        return lambda scope: source[1:]  # noqa: ARG005
    if (whole := _NAME.match(source)) is not None:
        name = whole[1]

        def read(scope: Scope) -> Any:
            value = scope.get(name)
            return MISSING if value is None else value

        return read
    names = _HOLE.findall(source)
    if not names:
        return lambda scope: source  # noqa: ARG005

    def fill(scope: Scope) -> Any:
        if any(scope.get(name) is None for name in names):
            return MISSING
        return _HOLE.sub(lambda hole: str(scope[hole[1]]), source)

    return fill


def _list(items: list[Template]) -> Template:
    return lambda scope: [v for item in items if (v := item(scope)) is not MISSING]


def _object(members: dict[str, Template]) -> Template:
    return lambda scope: {
        k: v for k, member in members.items() if (v := member(scope)) is not MISSING
    }


def _first(options: list[Template]) -> Template:
    return lambda scope: next((v for o in options if (v := o(scope)) is not MISSING), MISSING)


def _choice(source: Mapping[str, Any]) -> Template:
    name = str(source["$if"]).removeprefix("$")
    then = compile_template(source["then"]) if "then" in source else _nothing
    otherwise = compile_template(source["else"]) if "else" in source else _nothing
    return lambda scope: (then if scope.get(name) not in (None, False) else otherwise)(scope)


def _nothing(scope: Scope) -> Any:  # noqa: ARG001
    return MISSING
