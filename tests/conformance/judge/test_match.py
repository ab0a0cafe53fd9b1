import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.judge.match import ABSENT, matches

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text().filter(lambda s: s != ABSENT),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc", min_size=1), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("expected", "found", "holds"),
    [
        (1, 1.0, True),
        (1, 1 + 1e-9, True),
        (1, 1.001, False),
        (1, True, False),
        (None, None, True),
        (None, ABSENT, False),
        ("a", "A", False),
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1, "c": 3}, {"a": 1}, False),
        ([1, 2], [1, 2], True),
        ([1, 2], [1, 2, 3], False),
        ([1, 2], (1, 2), True),
        ({"$between": [1, 2]}, 2, True),
        ({"$between": [1, 2]}, 2.1, False),
        ({"$between": [1, 2]}, "1", False),
        ({"$matches": "^ab"}, "abc", True),
        ({"$matches": "^ab"}, 12, False),
        ({"$any_of": [1, "x"]}, "x", True),
        ({"$any_of": [1, "x"]}, "y", False),
        ({"$not": {"$absent": True}}, 1, True),
        ({"$not": 1}, 1, False),
        ({"$absent": True}, ABSENT, True),
        ({"$absent": False}, ABSENT, False),
        ({"$type": "string"}, "", True),
        ({"$type": "string"}, ABSENT, False),
        ({"$type": "number"}, True, False),
        ({"$type": "boolean"}, True, True),
        ({"$type": "null"}, None, True),
    ],
)
def test_a_value_matches(expected, found, holds):
    assert matches(expected, found) is holds


@settings(deadline=None)
@given(JSON)
def test_every_literal_matches_itself(value):
    assert matches(value, value)


@settings(deadline=None)
@given(JSON, JSON)
def test_a_literal_matches_nothing_that_differs_in_a_list(one, other):
    assert matches([one], [other]) or [one] != [other]
