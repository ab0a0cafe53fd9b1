"""With msgspec and without it every value is the same."""

import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ailib.errors import MalformedResponseError
from ailib.framing import jsontext

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
TEXTS = st.one_of(
    VALUES.map(json.dumps),
    st.builds(lambda v: json.dumps(v, ensure_ascii=False, indent=1), VALUES),
    st.text(),
).map(lambda text: text.encode("utf-8", "surrogatepass"))


def outcome(read, data):
    """The value, exact to the type, or what kind of error it is."""
    try:
        return repr(read(data))
    except (ValueError, MalformedResponseError) as error:
        return type(error)


def slowly(data):
    return jsontext.parse(jsontext.decode_text(data))


@given(st.one_of(TEXTS, st.binary(max_size=30)))
@example(b'{"a": "\\ud83d"}')
@example(b'{"a": NaN, "b": -Infinity}')
@example(b'{"a": "raw \t tab"}')
@example(b"123456789012345678901234567890")
@example(b"1e400")
@example(b"-0")
@example(b"-0.0")
@example(b'{"a": 1, "a": 2}')
@example(b"[" * 5000 + b"]" * 5000)
@example(b'"\xff"')
@example(b"\xef\xbb\xbf{}")
@example(b" {} \n")
@example(b"{} {}")
def test_both_ways_give_the_same(data):
    pytest.importorskip("msgspec", reason="the extra ailib[speed] is not installed")
    assert outcome(jsontext.parse_bytes, data) == outcome(slowly, data)


def test_without_msgspec_the_slow_way_is_taken(monkeypatch):
    monkeypatch.setattr(jsontext, "_msgspec", lambda: None)
    assert jsontext.parse_bytes(b'{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}
    with pytest.raises(ValueError):
        jsontext.parse_bytes(b"{")


def test_infinite_figures_become_none_and_large_ones_stay():
    assert jsontext.parse_bytes(b"[NaN, Infinity]") == [None, None]
    assert jsontext.parse_bytes(b"1e400") == math.inf
