"""Which cases run: patterns over names, a profile, what a client can do.

A pattern without brackets selects scenarios by id, and all below one (``retry`` selects
``retry.hints.seconds``); with brackets it selects permutations by name. ``*`` stands for any
characters, ``?`` for one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from conformance.errors import NothingSelectedError, UsageError
from conformance.model import Case
from conformance.plan.load import Suite


def select(suite: Suite, patterns: Iterable[str], profile: str) -> list[Case]:
    """The cases of a profile that any pattern names, in order.

    Raises `UsageError` for an unknown profile or a plain name that is no scenario, and
    `NothingSelectedError` where nothing is left.
    """
    if profile not in suite.profiles:
        raise UsageError(f"unknown profile {profile!r}", hint=f"known: {', '.join(suite.profiles)}")
    wanted = list(patterns)
    ids = [scenario.id for scenario in suite.scenarios]
    for pattern in wanted:
        if not any(mark in pattern for mark in "*?[") and not any(
            _below(pattern, name) for name in ids
        ):
            near = difflib.get_close_matches(pattern, ids, 3)
            raise UsageError(
                f"no scenario is called {pattern!r}",
                hint=f"near: {', '.join(near)}" if near else "see `conformance list`",
            )
    tests = [_compiled(pattern) for pattern in wanted]
    cases = [
        case
        for _, case in suite.cases(profile)
        if not tests or any(test.fullmatch(case.name) for test in tests)
    ]
    if not cases:
        what = " ".join(wanted) or "no pattern"
        raise NothingSelectedError(
            f"nothing selected by {what} in profile {profile}",
            hint="`conformance list` shows the names",
        )
    return cases


def _below(pattern: str, name: str) -> bool:
    return name == pattern or name.startswith(f"{pattern}.")


def _compiled(pattern: str) -> re.Pattern[str]:
    expression = "".join(
        {"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern
    )
    if "[" not in pattern:
        expression += r"(?:\..*)?(?:\[.*\])?"
    return re.compile(expression)
