"""Prints the figures of the recorded traffic: per API how many were read right, each miss."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import pytest


@dataclass
class Figures:
    """Exchanges with an expected reading, the others, and what was wrong, by way of arrival."""

    expected: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    others: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    missed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    lines: list[str] = field(default_factory=list)


FIGURES = pytest.StashKey[Figures]()


def pytest_configure(config):
    config.stash[FIGURES] = Figures()


@pytest.fixture(scope="session")
def figures(pytestconfig):
    return pytestconfig.stash[FIGURES]


def pytest_terminal_summary(terminalreporter, config):
    figures = config.stash[FIGURES]
    if not (figures.expected or figures.others):
        return
    say = terminalreporter.write_line
    terminalreporter.section("recorded traffic")
    say(f"{'api':34}{'expected':>10}{'exact':>8}{'others':>8}{'without crash':>15}")
    total = [0, 0, 0, 0]
    for api in sorted(figures.expected.keys() | figures.others.keys()):
        missed = figures.missed[api]
        expected, others = figures.expected[api], figures.others[api]
        row = [len(expected), len(expected - missed), len(others), len(others - missed)]
        total = [a + b for a, b in zip(total, row, strict=True)]
        say(f"{api:34}{row[0]:>10}{row[1]:>8}{row[2]:>8}{row[3]:>15}")
    share = f" ({total[1] / total[0]:.2%})" if total[0] else ""
    say(f"{'all':34}{total[0]:>10}{total[1]:>8}{total[2]:>8}{total[3]:>15}{share}")
    for line in figures.lines:
        say(line)
