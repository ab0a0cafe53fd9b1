"""The laboratory table is what was measured, and ailib is right in all of it."""

import asyncio

import pytest
import yaml

from tests.ailib.bugs.lab import DATA, PAGE, measured, page
from tests.support.bug_index import functions

ROWS = [row for s in yaml.safe_load(DATA.read_text("utf-8"))["sections"] for row in s["rows"]]


@pytest.fixture(scope="module")
def found():
    return asyncio.run(measured())


def test_every_stimulus_is_read_right(found):
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_the_page_is_what_was_measured(found):
    assert PAGE.read_text("utf-8") == page(found), "run python -m tests.ailib.bugs.lab"


@pytest.mark.parametrize("reference", sorted({row["test"] for row in ROWS if "test" in row}))
def test_the_tests_named_exist(reference):
    path, _, function = reference.partition("::")
    assert function in functions(path)
