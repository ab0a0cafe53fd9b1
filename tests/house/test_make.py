"""The two commands and the closing line, without running them."""

import re
import subprocess
import sys

import pytest

from tests.support.shared import ROOT

SUITE = '<testsuite><testcase name="a"/>{}</testsuite>'


def count(folder, *bodies):
    for number, body in enumerate(bodies):
        (folder / f"{number}.xml").write_text(
            SUITE.format(body) if body is not None else "<testsuite/>"
        )
    return subprocess.run(
        [sys.executable, ROOT / ".ci/count.py", folder], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("bodies", "status", "line"),
    [
        ([""], 0, "ci: 1 passed, 0 failed, 0 skipped"),
        (['<testcase name="b"><skipped/></testcase>', ""], 0, "ci: 2 passed, 0 failed, 1 skipped"),
        (['<testcase name="b"><failure/></testcase>'], 1, "ci: 1 passed, 1 failed, 0 skipped"),
        (['<testcase name="b"><error/></testcase>'], 1, "ci: 1 passed, 1 failed, 0 skipped"),
        ([None], 5, "ci: 0 passed, 0 failed, 0 skipped"),
    ],
)
def test_the_closing_line_counts_and_fails_on_failure_and_on_nothing(
    tmp_path, bodies, status, line
):
    done = count(tmp_path, *bodies)
    assert (done.returncode, done.stdout.strip()) == (status, line)


def test_make_test_names_every_environment_of_tox_but_conformance_and_bench():
    tox = (ROOT / "tox.ini").read_text("utf-8")
    make = (ROOT / "Makefile").read_text("utf-8")
    sections = set(re.findall(r"^\[testenv:(\w+)\]", tox, re.MULTILINE))
    named = set(re.search(r"^test:.*?-e (\S+)$", make, re.MULTILINE | re.DOTALL)[1].split(","))
    assert named - {"$(PYTHONS)"} == sections - {"conformance", "bench"}


def test_ci_calls_the_two_commands_of_the_readme():
    script = (ROOT / ".ci/run").read_text("utf-8")
    assert "\nmake test;" in script
    assert "\nmake conformance;" in script
