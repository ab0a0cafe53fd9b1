"""Values made for a JSON Schema satisfy it."""

from random import Random

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_providers.answer import schema_value

TREE = {
    "type": "object",
    "properties": {"value": {"const": 3}, "kids": {"type": "array", "items": {"$ref": "#"}}},
    "required": ["value", "kids"],
}
SCHEMAS = {
    "pattern": {"type": "string", "pattern": r"^[A-Z]{3}-\d{2}$"},
    "pattern and length": {"type": "string", "pattern": "^[ab]+$", "minLength": 5, "maxLength": 9},
    "uuid": {"type": "string", "format": "uuid"},
    "date-time": {"type": "string", "format": "date-time"},
    "long": {"type": "string", "minLength": 300},
    "open interval": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.25},
    "integer gap": {"type": "integer", "exclusiveMinimum": 3, "maximum": 4},
    "negative": {"type": "integer", "maximum": -5},
    "multiple": {"type": "number", "multipleOf": 0.25, "minimum": 3},
    "unique": {
        "type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True,
    },
    "tuple": {
        "type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False,
    },
    "contains": {"type": "array", "contains": {"const": 7}, "minContains": 2},
    "any of": {"anyOf": [{"type": "string", "minLength": 8}, {"required": ["x"]}]},
    "one of": {"type": "integer", "oneOf": [{"multipleOf": 3}, {"multipleOf": 5}]},
    "all of": {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 4}]},
    "not": {"type": "integer", "minimum": 1, "maximum": 3, "not": {"const": 2}},
    "nullable": {"type": ["null", "string"]},
    "recursive": TREE,
    "refs": {
        "$defs": {"unit": {"enum": ["c", "f"]}, "box": {"$ref": "#/$defs/unit"}},
        "type": "object",
        "properties": {"u": {"$ref": "#/$defs/box"}},
        "required": ["u"],
        "additionalProperties": False,
    },
    "map": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2},
    "pattern properties": {
        "type": "object",
        "patternProperties": {"^x_[a-z]{3}$": {"type": "boolean"}},
        "additionalProperties": False,
        "minProperties": 1,
    },
    "required without properties": {"type": "object", "required": ["a", "b"]},
    "if": {
        "type": "object",
        "properties": {"kind": {"const": "card"}, "number": {"type": "string"}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "card"}}},
        "then": {"required": ["number"]},
    },
    "anything": {},
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("seed", range(8))
def test_the_value_is_valid(name, seed):
    schema = SCHEMAS[name]
    made = schema_value(schema, Random(seed))
    jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(made)


NAMES = st.sampled_from(["a", "b", "city", "count", "deep"])
LEAVES = st.one_of(
    st.builds(
        lambda low, more: {"type": "integer", "minimum": low, "maximum": low + more},
        st.integers(-50, 50),
        st.integers(0, 9),
    ),
    st.builds(
        lambda low, more: {"type": "string", "minLength": low, "maxLength": low + more},
        st.integers(0, 12),
        st.integers(0, 9),
    ),
    st.builds(lambda v: {"enum": v}, st.lists(st.integers(), min_size=1, max_size=3)),
    st.builds(lambda v: {"const": v}, st.one_of(st.none(), st.booleans(), st.text(max_size=3))),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": "number"}, {}]),
)


def _object(properties, required, closed):
    schema = {"type": "object", "properties": properties}
    schema["required"] = [name for name in properties if name in required]
    return schema | ({"additionalProperties": False} if closed else {})


def _larger(inner):
    return st.one_of(
        st.builds(
            _object,
            st.dictionaries(NAMES, inner, max_size=3),
            st.sets(NAMES),
            st.booleans(),
        ),
        st.builds(
            lambda item, low, more: {
                "type": "array", "items": item, "minItems": low, "maxItems": low + more,
            },
            inner,
            st.integers(0, 3),
            st.integers(0, 3),
        ),
        st.builds(lambda parts: {"anyOf": parts}, st.lists(inner, min_size=1, max_size=3)),
    )  # fmt: skip


@given(st.recursive(LEAVES, _larger, max_leaves=12), st.integers(0, 2**32))
def test_any_satisfiable_schema_gets_a_valid_value(schema, seed):
    made = schema_value(schema, Random(seed))
    jsonschema.Draft202012Validator(schema).validate(made)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(
            ["type", "items", "properties", "anyOf", "$ref", "enum", "required", "allOf", "pattern",
             "minLength", "prefixItems", "minimum", "multipleOf", "format", "contains", "maxItems"]
        ), inner),
        max_leaves=15,
    )
)  # fmt: skip
def test_a_broken_schema_never_raises(schema):
    schema_value(schema, Random(1))


def test_google_type_names_are_understood():
    schema = {"type": "OBJECT", "properties": {"n": {"type": "INTEGER"}}, "required": ["n"]}
    assert isinstance(schema_value(schema, Random(1))["n"], int)


def test_a_schema_nothing_satisfies_still_gives_a_value():
    assert schema_value({"type": "integer", "not": {}}, Random(1)) is not None


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "minItems": 10**18},
        {"type": "string", "minLength": 10**12},
        {"type": "object", "minProperties": 10**15},
        {"type": "string", "pattern": "a{1000000000}"},
        {"$defs": {"a": {"type": "array", "minItems": 99, "items": {"$ref": "#/$defs/a"}}},
         "$ref": "#/$defs/a"},
    ],
)  # fmt: skip
def test_a_schema_of_huge_values_gets_a_value_of_bounded_size(schema):
    assert len(str(schema_value(schema, Random(1)))) < 1_000_000
