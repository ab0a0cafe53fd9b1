"""A planted key is found wherever it is, in every form it may take."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model import SECRET
from conformance.worker.redact import Redactor

KEY = 'sk-Planted+Key/With"Marks=0123456789'


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        f"Bearer {KEY}",
        quote(KEY, safe=""),
        json.dumps({"k": KEY}),
        KEY.encode().hex(),
    ],
)
def test_every_form_of_a_key_is_replaced(form):
    told = Redactor([KEY]).text(f"before {form} after")
    assert SECRET in told
    assert KEY not in told
    assert form not in told


@given(st.binary(max_size=7), st.binary(max_size=7))
def test_a_key_inside_longer_base64_is_replaced(before, after):
    text = base64.b64encode(before + KEY.encode() + after).decode()
    told = Redactor([KEY]).text(text)
    assert SECRET in told
    assert len(told.replace(SECRET, "")) <= 24


def test_all_of_a_nested_value_is_searched():
    value = {"a": [KEY, {"b": (KEY, 1)}], KEY: None}
    assert Redactor([KEY])(value) == {"a": [SECRET, {"b": (SECRET, 1)}], SECRET: None}


def test_ports_of_this_machine_are_no_part_of_a_transcript():
    assert Redactor([]).text("no answer from 127.0.0.1:43251: reset") == (
        "no answer from 127.0.0.1: reset"
    )
