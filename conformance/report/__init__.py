"""Reports: one module a format. `publish` writes the four files of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.model import Result
from conformance.plan.load import Clause
from conformance.report import html, jsonfile, junit, markdown
from conformance.report.summary import summarise
from conformance.report.write import write

__all__ = ["publish", "summarise"]


def publish(
    out: Path,
    results: Sequence[Result],
    clauses: Mapping[str, Clause],
    *,
    client: str,
    profile: str,
) -> dict[str, Any]:
    """Writes ``compatibility.{md,json,html}`` and ``junit.xml`` into ``out``, each whole; returns
    the summary. All are rendered before the first is written."""
    summary = summarise(results, clauses, client=client, profile=profile)
    texts = {
        "compatibility.json": jsonfile.render(summary),
        "compatibility.md": markdown.render(summary),
        "compatibility.html": html.render(summary, results),
        "junit.xml": junit.render(summary),
    }
    for name, text in texts.items():
        write(out / name, text)
    return summary
