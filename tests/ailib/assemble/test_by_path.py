"""Arguments as values at JSON paths."""

import json

import pytest

from ailib.assemble.by_path import PathArguments


@pytest.mark.parametrize(
    ("items", "made"),
    [
        ([{"jsonPath": "$.a", "numberValue": 1}], {"a": 1}),
        ([{"jsonPath": "$.a.b", "boolValue": False}], {"a": {"b": False}}),
        (
            [{"jsonPath": "$.a", "stringValue": "Par", "willContinue": True},
             {"jsonPath": "$.a", "stringValue": "is"}],
            {"a": "Paris"},
        ),
        (
            [{"jsonPath": "$.a", "stringValue": "x"}, {"jsonPath": "$.a", "stringValue": "y"}],
            {"a": "y"},
        ),
        (
            [{"jsonPath": "$.l[0].x", "numberValue": 1},
             {"jsonPath": "$.l[1].x", "numberValue": 2}],
            {"l": [{"x": 1}, {"x": 2}]},
        ),
        ([{"jsonPath": "$.a", "nullValue": None}], {"a": None}),
        ([{"jsonPath": "$.l[999999999]", "numberValue": 1}], {"l": []}),
        ([{"jsonPath": "$.l[*]", "numberValue": 1}], {}),
        ([{"jsonPath": "$", "numberValue": 1}, {"jsonPath": "][", "numberValue": 1}, 7], {}),
        ([{"jsonPath": "$.__class__", "stringValue": "x"}], {"__class__": "x"}),
    ],
)  # fmt: skip
def test_values_are_placed_and_nothing_else_happens(items, made):
    arguments = PathArguments()
    arguments.add(items)
    assert json.loads(arguments.json()) == made
