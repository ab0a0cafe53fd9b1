"""The report in the README is the one in the repository."""

import re

from tests.support.shared import ROOT


def test_the_excerpt_in_the_readme_stands_in_the_report():
    readme = (ROOT / "README.md").read_text("utf-8")
    report = (ROOT / "reports" / "compatibility.md").read_text("utf-8").splitlines()
    [excerpt] = re.findall(r"<!-- excerpt of the report -->\n(.+?)\n\n", readme, re.DOTALL)
    rows = excerpt.splitlines()
    assert len(rows) > 5
    assert [row for row in rows if row not in report] == []
