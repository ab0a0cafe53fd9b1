"""A problem in the words providers use: the holes of a profile's ``violations``."""

from __future__ import annotations

import json
from typing import Any

from mock_providers.validate.check import Path, Problem

_PYDANTIC = {
    "string": "a valid string",
    "integer": "a valid integer",
    "number": "a valid number",
    "boolean": "a valid boolean",
    "array": "a valid list",
    "object": "a valid dictionary",
}
_PROTO = {
    "string": "TYPE_STRING",
    "integer": "TYPE_INT32",
    "number": "TYPE_FLOAT",
    "boolean": "TYPE_BOOL",
}
_SHOWN_LENGTH = 200


def violation_values(problem: Problem, style: str) -> dict[str, Any]:
    """All a provider may want to say about a problem.

    ``path`` in the provider's style (``messages[0].role`` or ``messages.0.role``), ``name`` its
    last part, ``leaf`` its last word, ``field`` and ``at`` the place an unknown name was found
    in, ``expected`` and ``got`` with articles, ``choices`` quoted, ``limit``, ``value`` …
    """
    path = write_path(problem.path, style)
    parent = write_path(problem.path[:-1], style)
    types = [t for t in problem.limit if t != "null"] if problem.kind == "type" else []
    wanted = types[0] if types else "string"
    container = "string" if isinstance(problem.value, str) else "array"
    values: dict[str, Any] = {
        "path": path,
        "param": path,
        "name": str(problem.path[-1]) if problem.path else "",
        "leaf": next((p for p in reversed(problem.path) if isinstance(p, str)), ""),
        "field": parent,
        "at": f" at '{parent}'" if parent else "",
        "value": _shown(problem.value),
        "json_value": json.dumps(problem.value, ensure_ascii=False)[:_SHOWN_LENGTH],
        "got": _named(_type_of(problem.value)),
        "expected": _expected(types),
        "pydantic": _PYDANTIC.get(wanted, f"a valid {wanted}"),
        "proto": _PROTO.get(wanted, "TYPE_MESSAGE"),
        "number": "decimal" if isinstance(problem.value, float) else "integer",
        "container": container,
        "a_container": _named(container),
    }
    return values | _limits(problem)


def _limits(problem: Problem) -> dict[str, Any]:
    match problem.kind:
        case "enum":
            words = [f"'{choice}'" for choice in problem.limit if choice]
            return {"choices": _listed(words, ", and"), "choices_or": _listed(words, " or")}
        case "minimum" | "maximum":
            limit, low, high = problem.limit
            return {"limit": limit, "minimum": low, "maximum": high}
        case _:
            return {"limit": problem.limit}


def write_path(path: Path, style: str) -> str:
    """A place in the body: ``messages[0].role`` (brackets) or ``messages.0.role`` (dots)."""
    text = ""
    for part in path:
        if isinstance(part, int) and style == "brackets":
            text += f"[{part}]"
        else:
            text += f".{part}" if text else str(part)
    return text


def _listed(words: list[str], last: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])}{last} {words[-1]}"


def _expected(types: list[str]) -> str:
    if not types:
        return "a string"
    if set(types) == {"string", "array"}:
        return "one of a string or array"
    return _listed([_named(t) for t in types], " or")


def _named(word: str) -> str:
    if word == "null":
        return word
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _type_of(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "decimal"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:_SHOWN_LENGTH]
