"""Results as lines for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from conformance.model import Result, Status, count
from conformance.report.timeline import timeline

_RARE: tuple[tuple[Status, str], ...] = (
    ("error", "not judged"),
    ("not_run", "not run"),
    ("not_applicable", "not applicable"),
)
_MOST_MOMENTS = 40
_LONGEST = 160


def closing_line(results: Sequence[Result]) -> str:
    """The last line of a run: the count."""
    counts = count(results)
    parts = [f"{counts['pass']} passed", f"{counts['fail']} failed"]
    parts += [f"{counts[status]} {words}" for status, words in _RARE if counts[status]]
    scenarios = len({result.case.id for result in results})
    return f"{len(results)} cases of {scenarios} scenarios: {', '.join(parts)}"


def failures(results: Sequence[Result], client: str) -> Iterator[str]:
    """What did not pass: the case, its clauses, each failed check, the trace, the command."""
    for result in results:
        if result.status in {"pass", "not_applicable"}:
            continue
        case = result.case
        yield f"{result.status.upper().replace('_', ' ')} {case.name}"
        yield f"  {case.title} ({', '.join(case.clauses)}; {case.file})"
        if result.reason:
            yield f"  {result.reason}"
        for check in result.failed:
            yield f"  {check.id}: expected {shown(check.expected)}, found {shown(check.found)}"
        if result.transcript is not None:
            moments = timeline(case, result.transcript)
            for at, who, what, detail in moments[:_MOST_MOMENTS]:
                flat = " ".join(detail.split())
                yield f"    {at:>10.3f} ms  {who:<8} {what}: {cut(flat)}"
            if len(moments) > _MOST_MOMENTS:
                yield f"    … {len(moments) - _MOST_MOMENTS} more"
        yield f"  again: conformance run '{case.name}' --client {client}"


def shown(value: Any) -> str:
    """A value on one line."""
    return cut(json.dumps(value, ensure_ascii=False))


def cut(text: str) -> str:
    """A text of bounded length."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
