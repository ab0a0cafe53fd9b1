"""Whether a value is what was expected: a literal, or one of a few matchers.

A matcher is a mapping with one key that begins with ``$``. Mappings without one are compared key
by key, and only the keys named; sequences item by item, all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

ABSENT: Final = "(absent)"
"""Found in place of a value that is not there."""

TOLERANCE: Final = 1e-6
"""Seconds, and any other float: what adding binary fractions may lose."""


def matches(expected: Any, found: Any) -> bool:
    """Whether ``found`` satisfies ``expected``."""
    if is_matcher(expected):
        ((name, argument),) = expected.items()
        return MATCHERS[name](argument, found)
    if isinstance(expected, Mapping):
        return isinstance(found, Mapping) and all(
            matches(value, found.get(key, ABSENT)) for key, value in expected.items()
        )
    if isinstance(expected, list | tuple):
        return (
            isinstance(found, list | tuple)
            and len(expected) == len(found)
            and all(map(matches, expected, found))
        )
    if is_number(expected) and is_number(found):
        return bool(abs(expected - found) <= TOLERANCE)
    return type(expected) is type(found) and bool(expected == found)


def is_matcher(value: Any) -> bool:
    """Whether an expectation is a matcher and no literal."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)).startswith("$")


def is_number(value: Any) -> bool:
    """A number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _between(bounds: Any, found: Any) -> bool:
    low, high = bounds
    return is_number(found) and low - TOLERANCE <= found <= high + TOLERANCE


def _pattern(pattern: Any, found: Any) -> bool:
    return isinstance(found, str) and re.search(pattern, found) is not None


_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str, "number": (int, float), "object": Mapping, "array": (list, tuple),
    "boolean": bool, "null": type(None),
}  # fmt: skip


def _type(name: Any, found: Any) -> bool:
    if isinstance(found, bool) or found == ABSENT:
        return bool(name == "boolean" and found != ABSENT)
    return isinstance(found, _TYPES[name])


MATCHERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "$between": _between,
    "$matches": _pattern,
    "$any_of": lambda options, found: any(matches(option, found) for option in options),
    "$not": lambda expected, found: not matches(expected, found),
    "$absent": lambda wanted, found: (found == ABSENT) is wanted,
    "$type": _type,
}
