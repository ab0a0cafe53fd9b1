"""``junit.xml``: a suite an area, a test case a permutation, for CI systems. No durations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite


def render(summary: Mapping[str, Any]) -> str:
    """The file's text."""
    xml = JUnitXml(f"conformance {summary['client']}")
    for area, scenarios in groupby(summary["scenarios"], lambda s: s["id"].partition(".")[0]):
        suite = TestSuite(area)
        for scenario in scenarios:
            for case in scenario["cases"]:
                suite.add_testcase(_test(scenario, case))
        xml.add_testsuite(suite)
    text: str = xml.tostring().decode()  # type: ignore[no-untyped-call]
    return text.rstrip("\n") + "\n"


def _test(scenario: Mapping[str, Any], case: Mapping[str, Any]) -> TestCase:
    test = TestCase(case["name"], classname=scenario["id"])
    match case["status"]:
        case "fail":
            first = case["failed"][0]
            problem = Failure(f"{first['id']}: expected {_shown(first['expected'])}", "check")
            problem.text = "\n".join(
                f"{check['id']}: expected {_shown(check['expected'])}, "
                f"found {_shown(check['found'])}"
                for check in case["failed"]
            )
            test.result = [problem]
        case "error" | "not_run":
            test.result = [Error(case["reason"] or case["status"], case["status"])]
        case "not_applicable":
            test.result = [Skipped(case["reason"])]
        case _:
            pass
    return test


def _shown(value: Any) -> str:
    # XML has no lone surrogates, not even by number.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
