"""Reading JSON that may hold anything: a wrong type reads as the default.

Refusing a request is the validator's business; in lenient mode the same request is answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

_NOTHING: Mapping[str, Any] = {}


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else _NOTHING


def items(value: Any) -> Sequence[Any]:
    """The value where it is an array, else an empty one."""
    return value if isinstance(value, list) else ()


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of an array."""
    return [item for item in items(value) if isinstance(item, Mapping)]


def text(value: Any, default: str = "") -> str:
    """The value where it is a string."""
    return value if isinstance(value, str) else default


def integer(value: Any) -> int | None:
    """The value where it is a whole number, also one written 10.0; else ``None``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if abs(value) < 2**53 else None


def flag(value: Any) -> bool:
    """Whether the value is exactly true."""
    return value is True


def strings(value: Any) -> tuple[str, ...]:
    """A string, or the strings of an array."""
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in items(value) if isinstance(item, str))


def joined(value: Any, key: str = "text") -> str:
    """The text of a content field: a string, or parts whose ``key`` holds the text."""
    if isinstance(value, str):
        return value
    parts = [p if isinstance(p, str) else text(mapping(p).get(key)) for p in items(value)]
    return "\n".join(p for p in parts if p)


def parsed(arguments: str) -> Any:
    """The arguments of a call; text that is no JSON (a script's doing) stays text."""
    try:
        return orjson.loads(arguments or "{}")
    except orjson.JSONDecodeError:
        return arguments


def parsed_object(arguments: str) -> dict[str, Any]:
    """The arguments of a call as an object; what is none (a script's doing) stands under a key."""
    value = parsed(arguments)
    return value if isinstance(value, dict) else {"value": value}
