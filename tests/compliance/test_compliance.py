"""The public AI-Protocol compliance cases, through the library itself."""

from dataclasses import replace

import pytest

from tests.support.compliance import RUN, cases, misses
from tests.support.shared import SHARED

ROOT = SHARED / "ai-protocol" / "tests" / "compliance"
CASES = cases(ROOT) if ROOT.is_dir() else []

# Cases that no reading can pass; each says why. A listed case that passes fails the test.
LISTED = {
    "08-generative-capabilities/generative-capabilities:gen-001": (
        "mock-openai.yaml declares none of reasoning, structured_output and the feature flags "
        "that the case expects of it"
    ),
    **{
        f"01-protocol-loading/load-v2alpha-metadata-capacity:{name}": (
            "its manifest, dist/v2-alpha/providers/*.json, is not among the public files here"
        )
        for name in ("load-019", "load-020", "load-021")
    },
}


@pytest.mark.skipif(not CASES, reason="needs ../shared/ai-protocol, not beside this checkout")
def test_all_117_cases_are_there_and_each_kind_has_a_way_to_run():
    assert len(CASES) == 117
    assert {case.input["type"] for case in CASES} <= set(RUN)
    assert set(LISTED) <= {case.id for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case, tmp_path):
    case = replace(case, tmp=tmp_path)
    try:
        wrong = list(misses(case.expected, RUN[case.input["type"]](case)))
    except Exception as error:
        if case.id not in LISTED:
            raise
        wrong = [repr(error)]
    if case.id in LISTED:
        assert wrong, f"{case.id} passes: take it off the list"
        pytest.skip(LISTED[case.id])
    assert wrong == []
