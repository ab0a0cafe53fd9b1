"""Prints one line with the counts of the JUnit files given; fails on a failure or on nothing run.

Arguments: files, or folders of them. Exit status: 0 all passed, 1 something failed, 5 nothing ran.
"""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path


def files(arguments: list[str]) -> list[Path]:
    found: list[Path] = []
    for argument in map(Path, arguments):
        found += sorted(argument.glob("*.xml")) if argument.is_dir() else [argument]
    return [path for path in found if path.exists()]


def main(arguments: list[str]) -> int:
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for path in files(arguments):
        for case in ET.parse(path).iter("testcase"):
            kinds = {child.tag for child in case}
            if kinds & {"failure", "error"}:
                total["failed"] += 1
            elif "skipped" in kinds:
                total["skipped"] += 1
            else:
                total["passed"] += 1
    print("ci: " + ", ".join(f"{count} {name}" for name, count in total.items()))
    if total["failed"]:
        return 1
    return 0 if total["passed"] else 5


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
