"""Every expectation of a case, changed one at a time so that no right answer meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance.judge.match import is_matcher
from conformance.model import Case

# Keys that choose what is compared; their value is no expectation.
CHOOSING = {"n"}

Place = tuple[str, Any]


def perturbed(case: Case) -> Iterator[tuple[str, Case]]:
    """The case with one leaf of its expectations changed, and where."""
    for number, call in enumerate(case.calls):
        for place, expect in _leaves(call.get("expect", {}), f"calls[{number}]"):
            calls = list(case.calls)
            calls[number] = {**call, "expect": expect}
            yield place, replace(case, calls=tuple(calls))
    for place, expect in _leaves(case.expect, "expect"):
        yield place, replace(case, expect=expect)


def _leaves(value: Any, place: str) -> Iterator[Place]:
    """The value with each of its leaves changed in turn."""
    if is_matcher(value):
        yield place, {"$not": value}
    elif isinstance(value, Mapping) and value:
        for key, item in value.items():
            if key not in CHOOSING:
                yield from _inside(value, key, item, f"{place}.{key}")
    elif isinstance(value, list) and value:
        for position, item in enumerate(value):
            for where, changed in _leaves(item, f"{place}[{position}]"):
                yield where, [*value[:position], changed, *value[position + 1 :]]
    else:
        yield place, _changed(value)


def _inside(mapping: Mapping[str, Any], key: str, item: Any, place: str) -> Iterator[Place]:
    for where, changed in _leaves(item, place):
        yield where, {**mapping, key: changed}


def _changed(value: Any) -> Any:
    return _CHANGES[type(value)](value)


_CHANGES: Mapping[type, Callable[[Any], Any]] = {
    bool: lambda value: not value,
    int: lambda value: value + 1,
    float: lambda value: value + 0.5,
    str: lambda value: f"{value}?",
    type(None): lambda _: "something",
    list: lambda _: ["something"],
    dict: lambda _: {"something": 1},
}
