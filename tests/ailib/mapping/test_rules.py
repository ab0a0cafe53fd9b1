import datetime
import math

import pytest
import yaml

from ailib.mapping import ExpressionError, RuleError, compile_condition, compile_path, compile_rules
from ailib.mapping.expressions import find_all


def run(rules, frame, event=None, text="", exception=None):
    return compile_rules(rules)(frame, event, text, exception)


@pytest.mark.parametrize(
    ("expression", "value", "holds"),
    [
        ("$.a", {"a": "x"}, True),
        ("$.a", {"a": ""}, False),
        ("$.a", {"a": []}, False),
        ("$.a", {"a": 0}, True),
        ("$.a", {"a": False}, True),
        ("$.a", {}, False),
        ("exists($.a)", {"a": ""}, True),
        ("exists($.a)", {"a": None}, False),
        ("$.a == 'x' && $.b != 1", {"a": "x", "b": 2}, True),
        ("$.a == 'x' || $.b == 1", {"a": "y", "b": 1}, True),
        ("!($.a == 'x')", {"a": "x"}, False),
        ("$.a in ['x', 'y']", {"a": "y"}, True),
        ("$.a in [1, 2]", {"a": 3}, False),
        ("$.a =~ /^to+l$/", {"a": "tool"}, True),
        ("$.a > 2", {"a": 3}, True),
        ("$.a > 2", {"a": "3"}, False),
        ("$.a.length > 0", {"a": [1]}, True),
        ("$.a[0].b == true", {"a": [{"b": True}]}, True),
        ("a.0.b == null", {"a": [{}]}, True),
        ("$.a is array", {"a": []}, True),
        ("$.a is string", {"a": 1}, False),
        ("$['a b'].c", {"a b": {"c": 1}}, True),
        ("$.a[*].b", {"a": [{"b": 1}]}, True),
        ("$.a.b.c", {"a": [1]}, False),
        ("$.a", None, False),
        ("$.a", "text", False),
    ],
)
def test_an_expression_holds(expression, value, holds):
    assert compile_condition(expression)(value) is holds


@pytest.mark.parametrize(
    "expression", ["", "$.a ==", "($.a", "$.a in 'x'", "&& $.a", "$.a == 'x' $.b", "$.a is thing"]
)
def test_what_is_no_expression_is_refused(expression):
    with pytest.raises(ExpressionError):
        compile_condition(expression)


def test_a_string_of_a_manifest_stays_a_string():
    evil = "x'] + __import__('os').system('false') + ['"
    rules = [{"match": f'$.a == "{evil}"', "emit": "E", "extract": {"v": evil, "p": f"$['{'q'}']"}}]
    assert run(rules, {"a": evil, "q": 1}) == [("E", {"v": evil, "p": 1})]


def test_every_rule_is_tried_for_every_frame_in_order():
    rules = [
        {"emit": "Thinking", "extract": {"thinking": "$.r"}},
        {"emit": "Text", "extract": {"content": "$.c"}},
        {"match": "$.f", "emit": "End", "extract": {"finish_reason": "$.f", "why": "$.none"}},
    ]
    assert run(rules, {"c": "hi", "f": "stop", "r": "hm"}) == [
        ("Thinking", {"thinking": "hm"}),
        ("Text", {"content": "hi"}),
        ("End", {"finish_reason": "stop"}),
    ]


def test_each_walks_over_elements_and_hands_its_fields_down():
    rules = [
        {
            "each": "$.choices",
            "with": {"candidate": ".index"},
            "rules": [
                {"in": ".delta", "rules": [{"emit": "Text", "extract": {"content": ".content"}}]},
                {
                    "each": ".tools",
                    "rules": [{"emit": "Tool", "extract": {"name": ".f.name", "from": "$.id"}}],
                },
            ],
        }
    ]
    frame = {
        "id": "r1",
        "choices": [
            {"index": 0, "delta": {"content": "a"}},
            {"index": 1, "delta": None, "tools": [{"f": {"name": "x"}}, {"f": {"name": "y"}}]},
            "not an object",
        ],
    }
    assert run(rules, frame) == [
        ("Text", {"candidate": 0, "content": "a"}),
        ("Tool", {"candidate": 1, "name": "x", "from": "r1"}),
        ("Tool", {"candidate": 1, "name": "y", "from": "r1"}),
    ]


def test_an_object_where_a_list_was_due_counts_as_one_element():
    rules = [{"each": "$.calls", "rules": [{"emit": "Tool", "extract": {"name": ".name"}}]}]
    assert run(rules, {"calls": {"name": "x"}}) == [("Tool", {"name": "x"})]


def test_a_switch_takes_the_case_of_the_value_or_the_default():
    rules = [
        {
            "switch": "$.type",
            "cases": {"a": [{"emit": "A"}], "b": []},
            "default": [{"emit": "Other", "extract": {"type": "$.type"}}],
        }
    ]
    assert run(rules, {"type": "a"}) == [("A", {})]
    assert run(rules, {"type": "b"}) == []
    assert run(rules, {"type": "c"}) == [("Other", {"type": "c"})]


def test_a_public_rule_with_a_star_means_each():
    path = "$.choices[*].delta.content"
    rules = [{"match": path, "emit": "Text", "fields": {"content": path, "id": "$.id"}}]
    frame = {"id": 7, "choices": [{"delta": {"content": "a"}}, {}, {"delta": {"content": "b"}}]}
    assert run(rules, frame) == [
        ("Text", {"content": "a", "id": 7}),
        ("Text", {"content": "b", "id": 7}),
    ]


def test_the_frames_own_attributes_can_be_asked():
    rules = [{"match": "$event == 'error'", "emit": "Error", "extract": {"text": "$text"}}]
    assert run(rules, None, event="error", text="boom") == [("Error", {"text": "boom"})]


def test_generated_ids_differ():
    rules = [{"emit": "Tool", "extract": {"id": "_generate_uuid"}}]
    first, second = run(rules, {}), run(rules, {})
    assert first[0][1]["id"] != second[0][1]["id"]


@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        ([{"match": "$.a"}], "/0"),
        ([{"emit": "A"}, {"emit": "B", "match": "$.a =="}], "/1"),
        ([{"each": "$.a", "rules": [{"emit": "A", "match": ")"}]}], "/0/rules/0"),
        ([{"switch": "$.a", "cases": {"x": [{}]}}], "/0/cases/x/0"),
        ([{"each": "$.a"}], "/0"),
    ],
)
def test_a_wrong_rule_is_named(rules, pointer):
    with pytest.raises(RuleError) as caught:
        compile_rules(rules)
    assert caught.value.pointer == pointer


def test_paths_read_values_and_all_values():
    value = {"a": [{"b": 1}, {"b": None}, {"b": 3}]}
    assert compile_path("$.a[2].b")(value) == 3
    assert compile_path("$.a[9].b")(value) is None
    assert find_all("$.a[*].b", value) == [1, 3]


def test_any_scalar_of_yaml_is_a_value():
    rules = yaml.safe_load(
        "- {match: exists($.a), emit: E, extract: {d: 2020-01-01, n: .nan, l: [1], 7: x}}\n"
        "- {switch: $.a, cases: {2020-01-01: [{emit: A}], .inf: [{emit: B}], 1: [{emit: C}]}}\n"
    )
    (name, fields), *rest = run(rules, {"a": 1})
    assert name == "E"
    assert math.isnan(fields.pop("n"))
    assert fields == {"d": datetime.date(2020, 1, 1), "l": [1], "7": "x"}
    assert rest == [("C", {})]


def test_a_single_event_needs_no_rules_of_its_own():
    rules = [
        {
            "each": "$.calls",
            "with": {"n": "$.n"},
            "match": ".name",
            "emit": "Tool",
            "extract": {"name": ".name"},
        },
        {"in": "$.delta", "emit": "Text", "extract": {"content": ".text"}},
    ]
    frame = {"n": 1, "calls": [{"name": "a"}, {}, {"name": "b"}], "delta": {"text": "hi"}}
    assert run(rules, frame) == [
        ("Tool", {"n": 1, "name": "a"}),
        ("Tool", {"n": 1, "name": "b"}),
        ("Text", {"content": "hi"}),
    ]
