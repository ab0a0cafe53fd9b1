"""Every class of client bugs has its test or its reason, and the page says so."""

import re
from pathlib import Path

import pytest

from tests.support.bug_index import (
    CLASS,
    MOST_NOT_APPLICABLE,
    PAGE,
    TOTAL,
    functions,
    index,
    page,
)
from tests.support.shared import ROOT, shared


def test_all_classes_are_accounted_for_once():
    found = index()
    assert len(found.all) == TOTAL
    assert all(CLASS.fullmatch(name) for name in found.all)
    twice = set(found.not_applicable) & (found.fixtures.keys() | found.covered.keys())
    assert twice == set()
    assert len(found.not_applicable) == len(set(found.not_applicable)) <= MOST_NOT_APPLICABLE


def test_the_classes_are_those_of_the_corpus():
    corpus = shared("reference/llm-clients.md").read_text("utf-8")
    assert index().all == set(re.findall(r"^- \*\*([A-Z]-\d\d)\*\*", corpus, re.MULTILINE))


@pytest.mark.parametrize("name", sorted(index().covered))
def test_the_tests_named_exist(name):
    for reference in index().covered[name]:
        path, _, function = reference.partition("::")
        assert Path(ROOT, path).is_file(), path
        assert function in functions(path), reference


def test_the_page_is_made_from_the_tests():
    assert PAGE.read_text("utf-8") == page(), "run python -m tests.support.bug_index"
