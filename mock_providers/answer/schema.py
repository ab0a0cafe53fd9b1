"""A value that satisfies a JSON Schema.

Made directly from the schema; where a schema uses words that a direct construction can miss
(``not``, ``if``, ``oneOf``, ``pattern`` with look-around …) the value is checked with jsonschema
and made again with other dice. A schema nothing satisfies gives the nearest value found: a real
model answers too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from mock_providers.answer.schema_strings import text_value

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_ATTEMPTS = 12
_DEEP = 4
"""Below this depth optional parts are left out and the smallest alternative is taken."""
_MOST = 256
"""Items or properties made at most, whatever the schema wants."""
_NODES = 5_000
"""Values made at most in one try; beyond, null stands for the rest."""
_CHECKED = (
    b'"not"', b'"if"', b'"oneOf"', b'"allOf"', b'"anyOf"', b'"pattern', b'"contains"',
    b'"uniqueItems"', b'"dependent', b'"unevaluated', b'"propertyNames"', b'"multipleOf"',
    b'"format"', b'"enum"', b'"$ref"', b'"prefixItems"', b'"additional',
)  # fmt: skip


def value(schema: Any, random: Random) -> Any:
    """A value for the schema; ``True``, ``{}`` and a schema that is none itself give an object."""
    if not isinstance(schema, Mapping):
        return {}
    try:
        return _valid(schema, random)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return {}  # {"required": true}: what the API would have refused


def _valid(schema: Mapping[str, Any], random: Random) -> Any:
    maker = _Maker(schema, random)
    made = maker.make(schema, 0)
    validator = _validator(_key(schema))
    if validator is None:
        return made
    for attempt in range(_ATTEMPTS):
        if validator.is_valid(made):
            break
        maker.generous, maker.left = attempt % 2 == 0, _NODES
        made = maker.make(schema, 0)
    return made


def _key(schema: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(schema)
    except TypeError:
        return b""


@lru_cache(maxsize=256)
def _validator(key: bytes) -> Validator | None:
    """A validator where the schema needs one and is itself valid, else ``None``."""
    if not key or not any(word in key for word in _CHECKED):
        return None
    import jsonschema  # noqa: PLC0415 - slow to import, and few schemas need it
    from jsonschema.validators import validator_for  # noqa: PLC0415

    schema = orjson.loads(key)
    kind = validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema)
    except jsonschema.SchemaError:
        return None
    return _Safe(kind(schema, format_checker=kind.FORMAT_CHECKER))  # type: ignore[return-value]


class _Safe:
    """A validator that calls a value valid when the schema itself cannot be evaluated."""

    def __init__(self, validator: Validator) -> None:
        self._validator = validator

    def is_valid(self, instance: Any) -> bool:
        try:
            return self._validator.is_valid(instance)
        except Exception:  # unresolvable $ref, bad regex: nothing to satisfy
            return True


class _Maker:
    """Walks one schema; ``generous`` also fills optional properties."""

    def __init__(self, root: Mapping[str, Any], random: Random) -> None:
        self.root = root
        self.random = random
        self.generous = False
        self.left = _NODES

    def make(self, schema: Any, depth: int, name: str = "") -> Any:
        self.left -= 1
        if self.left < 0:
            return None
        if not isinstance(schema, Mapping):
            return "value" if schema is not False else None
        schema = self.flat(schema, depth)
        if "const" in schema:
            return schema["const"]
        if isinstance(schema.get("enum"), Sequence) and schema["enum"]:
            return self.random.choice(list(schema["enum"]))
        kind = self._kind(schema, depth)
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "string":
                text = text_value(schema, self.random, name)
                self.left -= len(text) // 64
                return text
            case "integer" | "number":
                return self._number(schema, whole=kind == "integer")
            case "boolean":
                return self.random.random() < 0.5
            case _:
                return None

    def flat(self, schema: Mapping[str, Any], depth: int, seen: int = 0) -> dict[str, Any]:
        """The schema with ``$ref``, ``allOf`` and one branch of ``anyOf``/``oneOf`` merged in."""
        result = dict(schema)
        if seen > 20:
            return result
        if isinstance(ref := result.pop("$ref", None), str):
            result = _merge(self.flat(self._resolve(ref), depth, seen + 1), result)
        for part in result.pop("allOf", None) or ():
            if isinstance(part, Mapping):
                result = _merge(result, self.flat(part, depth, seen + 1))
        for word in ("anyOf", "oneOf"):
            branches = [b for b in result.pop(word, None) or () if isinstance(b, Mapping)]
            if branches:
                result = _merge(result, self.flat(self._branch(branches, depth), depth, seen + 1))
        if isinstance(result.get("then"), Mapping) and self.generous:
            result = _merge(result, self.flat(result["then"], depth, seen + 1))
        return result

    def _branch(self, branches: list[Mapping[str, Any]], depth: int) -> Mapping[str, Any]:
        if depth < _DEEP:
            useful = [b for b in branches if b.get("type") != "null"] or branches
            return self.random.choice(useful)
        order = ("null", "boolean", "integer", "number", "string", "array", "object", None)
        rank = {kind: i for i, kind in enumerate(order)}
        return min(branches, key=lambda b: rank.get(self.flat(b, depth).get("type"), len(rank)))

    def _resolve(self, ref: str) -> Mapping[str, Any]:
        node: Any = self.root
        if not ref.startswith("#"):
            return {}
        for part in ref[1:].strip("/").split("/"):
            if part:
                key = part.replace("~1", "/").replace("~0", "~")
                node = node.get(key, {}) if isinstance(node, Mapping) else {}
        return node if isinstance(node, Mapping) else {}

    def _kind(self, schema: Mapping[str, Any], depth: int) -> str:
        declared = schema.get("type")
        if isinstance(declared, str):
            return declared.lower()  # Google writes STRING, OBJECT
        if isinstance(declared, Sequence) and declared:
            kinds = [str(kind) for kind in declared]
            if depth >= _DEEP and "null" in kinds:
                return "null"
            return next((kind for kind in kinds if kind != "null"), "null")
        for kind, words in _KIND_WORDS:
            if any(word in schema for word in words):
                return kind
        return "string" if depth else "object"

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, Mapping) else {}
        required = [r for r in schema.get("required") or () if isinstance(r, str)]
        names = list(properties) if depth < _DEEP and (self.generous or not required) else []
        wanted = [n for n in properties if n in required or n in names]
        wanted += [n for n in required if n not in properties]
        if isinstance(limit := schema.get("maxProperties"), int):
            wanted = sorted(wanted, key=lambda n: n not in required)[: max(limit, len(required))]
        made = {
            n: self.make(properties.get(n, self._other(schema, n)), depth + 1, n) for n in wanted
        }
        least = min(_MOST, int(schema.get("minProperties") or 0))
        missing = least - len(made)
        for n in [n for n in properties if n not in made][: max(0, missing)]:
            made[n] = self.make(properties[n], depth + 1, n)
        for i in range(least - len(made)):
            n = self._free_name(schema, i)
            made[n] = self.make(self._other(schema, n), depth + 1, n)
        return made

    def _free_name(self, schema: Mapping[str, Any], index: int) -> str:
        names = schema.get("propertyNames")
        patterns = schema.get("patternProperties")
        if isinstance(names, Mapping):
            return str(self.make({"type": "string", **names}, 1))
        if (
            isinstance(patterns, Mapping)
            and patterns
            and schema.get("additionalProperties") is False
        ):
            return text_value({"pattern": next(iter(patterns))}, self.random, "")
        return f"key_{index + 1}"

    def _other(self, schema: Mapping[str, Any], name: str) -> Any:
        """The schema of a property that ``properties`` does not name."""
        for pattern, part in (schema.get("patternProperties") or {}).items():
            if re.search(pattern, name):
                return part
        extra = schema.get("additionalProperties")
        return extra if isinstance(extra, Mapping) else {"type": "string"}

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        items = schema.get("items")
        first = schema.get("prefixItems") or (items if isinstance(items, list) else [])
        made = [self.make(part, depth + 1) for part in first]
        rest = schema.get("additionalItems") if isinstance(items, list) else items
        if isinstance(contains := schema.get("contains"), Mapping):
            made += [
                self.make(contains, depth + 1)
                for _ in range(min(_MOST, schema.get("minContains", 1)))
            ]
        low = min(_MOST, int(schema.get("minItems") or 0))
        high = schema.get("maxItems")
        target = max(low, min(self.random.randint(1, 2), 99 if high is None else int(high)))
        if depth >= _DEEP:
            target = low
        if rest is False or (rest is None and made):
            target = max(low, len(made))
        spare = 20 * (target + 1)
        while len(made) < target and spare and self.left > 0:
            spare -= 1
            item = self.make(rest if rest is not None else {"type": "string"}, depth + 1)
            if not (schema.get("uniqueItems") and item in made):
                made.append(item)
        return made

    def _number(self, schema: Mapping[str, Any], *, whole: bool) -> int | float:
        low, high = _bounds(schema, 1 if whole else 0.5)
        step = schema.get("multipleOf")
        if isinstance(step, int | float) and step > 0:
            lowest = -(-low // step) if low is not None else 1
            highest = high // step if high is not None else lowest + 10
            number = self.random.randint(int(lowest), max(int(lowest), int(highest))) * step
            return int(number) if whole or float(number).is_integer() else number
        if low is None:
            low = (high - 100) if high is not None else 1
        if high is None:
            high = low + 100
        if whole:
            first, last = int(-(-low // 1)), int(high // 1)
            return self.random.randint(first, max(first, last))
        number = round(self.random.uniform(float(low), float(high)), 2)
        return number if low <= number <= high else (low + high) / 2


_KIND_WORDS = (
    ("object", ("properties", "required", "additionalProperties", "minProperties")),
    ("array", ("items", "prefixItems", "minItems", "contains")),
    ("string", ("pattern", "format", "minLength", "maxLength")),
    ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
)


def _bounds(schema: Mapping[str, Any], gap: float) -> tuple[int | float | None, int | float | None]:
    """Lowest and highest number allowed; both forms of the exclusive keywords."""
    low, high = schema.get("minimum"), schema.get("maximum")
    over, under = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if over is True and low is not None:
        low += gap
    elif isinstance(over, int | float) and over is not False:
        low = over + gap if low is None else max(low, over + gap)
    if under is True and high is not None:
        high -= gap
    elif isinstance(under, int | float) and under is not False:
        high = under - gap if high is None else min(high, under - gap)
    if low is not None and high is not None and low > high:
        low = high = (low + high) / 2  # a narrow open interval: its middle
    return low, high


_NARROWER: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
    "required": lambda old, new: list(dict.fromkeys([*old, *new])),
    "enum": lambda old, new: [item for item in old if item in new],
    **dict.fromkeys(
        ("properties", "patternProperties", "$defs", "definitions"),
        lambda old, new: {name: _both(old.get(name), new.get(name)) for name in {**old, **new}},
    ),
}


def _both(left: Any, right: Any) -> Any:
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return _merge(left, right)
    return left if right is None else right


def _merge(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """Both schemas at once: properties and required united, the narrower bound, else the right."""
    result = {**left, **right}
    for key in left.keys() & right.keys() & _NARROWER.keys():
        result[key] = _NARROWER[key](left[key], right[key])
    return result
