"""Request schemas compiled to closures.

A subset of JSON Schema: ``type``, ``required``, ``properties``, ``additionalProperties: false``,
``items``, ``enum``, ``minimum``, ``maximum``, ``minItems``, ``minLength``, ``pattern``, ``anyOf``
(passes if one does). ``on`` beside them replaces what the provider says to one kind of problem.
The first problem in the order of the schema is the answer, as real APIs do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong and where. ``kind`` is a key of a profile's ``violations``; ``limit`` is the
    bound, the choices, the expected types or the pattern; ``on`` what the schema says instead."""

    kind: str
    path: Path
    value: Any = None
    limit: Any = None
    on: Mapping[str, Any] = field(default_factory=dict)


Validator = Callable[[Any, Path], Problem | None]

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: (
        (isinstance(v, int) and not isinstance(v, bool)) or (isinstance(v, float) and v % 1 == 0)
    ),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "null": lambda v: v is None,
}


def compile_schema(schema: Mapping[str, Any]) -> Validator:
    """A function that finds the first problem of a value, or `None`."""
    checks = list(_checks(schema))
    on = schema.get("on", {})

    def validate(value: Any, path: Path) -> Problem | None:
        for check in checks:
            if problem := check(value, path):
                return _spoken(problem, on) if problem.path == path else problem
        return None

    return validate


def _spoken(problem: Problem, on: Mapping[str, Any]) -> Problem:
    said = on.get(problem.kind)
    return problem if said is None or problem.on else replace(problem, on=said)


def _checks(schema: Mapping[str, Any]) -> Iterator[Validator]:
    if "type" in schema:
        yield _type(schema["type"])
    if "enum" in schema:
        yield _enum(tuple(schema["enum"]))
    for bound in ("minimum", "maximum"):
        if bound in schema:
            yield _bound(bound, schema)
    if "pattern" in schema:
        yield _pattern(schema["pattern"])
    if smallest := schema.get("minItems", schema.get("minLength", 0)):
        yield _size(smallest)
    if "required" in schema or "properties" in schema:
        yield _object(schema)
    if "items" in schema:
        yield _items(compile_schema(schema["items"]))
    if "anyOf" in schema:
        yield _any(tuple(compile_schema(option) for option in schema["anyOf"]))


def _type(names: str | list[str]) -> Validator:
    words = (names,) if isinstance(names, str) else tuple(names)
    tests = tuple(_TYPES[word] for word in words)

    def check(value: Any, path: Path) -> Problem | None:
        for test in tests:
            if test(value):
                return None
        return Problem("type", path, value, words)

    return check


def _enum(choices: tuple[Any, ...]) -> Validator:
    def check(value: Any, path: Path) -> Problem | None:
        return None if value in choices else Problem("enum", path, value, choices)

    return check


def _bound(kind: str, schema: Mapping[str, Any]) -> Validator:
    limit = schema[kind]
    limits = (limit, schema.get("minimum"), schema.get("maximum"))

    def check(value: Any, path: Path) -> Problem | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        fine = value >= limit if kind == "minimum" else value <= limit
        return None if fine else Problem(kind, path, value, limits)

    return check


def _pattern(text: str) -> Validator:
    expression = re.compile(text)

    def check(value: Any, path: Path) -> Problem | None:
        if not isinstance(value, str) or expression.search(value):
            return None
        return Problem("pattern", path, value, text)

    return check


def _size(smallest: int) -> Validator:
    def check(value: Any, path: Path) -> Problem | None:
        if isinstance(value, list | str) and len(value) < smallest:
            return Problem("empty", path, value, smallest)
        return None

    return check


def _object(schema: Mapping[str, Any]) -> Validator:
    properties = {k: compile_schema(v) for k, v in schema.get("properties", {}).items()}
    spoken = {k: v.get("on", {}) for k, v in schema.get("properties", {}).items()}
    required = tuple(schema.get("required", ()))
    closed = schema.get("additionalProperties") is False

    def check(value: Any, path: Path) -> Problem | None:
        if not isinstance(value, dict):
            return None
        for name in required:
            if name not in value:
                return _spoken(Problem("missing", (*path, name)), spoken.get(name, {}))
        for name, item in value.items():
            validate = properties.get(name)
            if validate is None:
                if closed:
                    return Problem("unknown", (*path, name), item)
            elif problem := validate(item, (*path, name)):
                return problem
        return None

    return check


def _items(validate: Validator) -> Validator:
    def check(value: Any, path: Path) -> Problem | None:
        if isinstance(value, list):
            for index, item in enumerate(value):
                if problem := validate(item, (*path, index)):
                    return problem
        return None

    return check


def _any(options: tuple[Validator, ...]) -> Validator:
    def check(value: Any, path: Path) -> Problem | None:
        problems = [option(value, path) for option in options]
        return None if None in problems else problems[0]

    return check
