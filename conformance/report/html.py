"""``compatibility.html``: one file, no request to anywhere: matrix, filter, and behind each cell
the cases with their checks, clauses, transcripts and the command that plays them again.

The transcripts are deflated into the page and inflated by the browser when first asked for.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import jinja2

from conformance.model import Result
from conformance.report.summary import OTHER, cell_text, cells, columns
from conformance.report.timeline import timeline


def render(summary: Mapping[str, Any], results: Iterable[Result]) -> str:
    """The file's text."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("conformance.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    shown = columns(summary)
    areas = [
        {"name": area, "rows": [_row(scenario, shown) for scenario in scenarios]}
        for area, scenarios in groupby(
            summary["scenarios"], lambda scenario: scenario["id"].partition(".")[0]
        )
    ]
    text: str = environment.get_template("compatibility.html").render(
        summary=summary, areas=areas, columns=shown, data=_packed(summary, results)
    )
    return text


def _row(scenario: Mapping[str, Any], shown: list[str]) -> dict[str, Any]:
    by_dialect = cells(scenario)
    return {
        "id": scenario["id"],
        "title": scenario["title"],
        "status": _worst(scenario["cases"]),
        "cells": [
            {
                "dialect": name,
                "text": cell_text(by_dialect[name]),
                "status": _worst(by_dialect[name]),
            }
            if name in by_dialect
            else None
            for name in shown
        ],
    }


_SEVERITY = ("error", "not_run", "fail", "pass", "not_applicable")


def _worst(cases: list[dict[str, Any]]) -> str:
    statuses = {case["status"] for case in cases}
    return next(status for status in _SEVERITY if status in statuses)


def _packed(summary: Mapping[str, Any], results: Iterable[Result]) -> str:
    """Cases by name, with their moments; long repeated texts are kept once."""
    failed = {case["name"]: case["failed"] for s in summary["scenarios"] for case in s["cases"]}
    texts: dict[str, int] = {}
    packed = {
        result.case.name: {
            "id": result.case.id,
            "dialect": result.case.axes.get("dialect", OTHER),
            "status": result.status,
            "reason": result.reason,
            "clauses": result.case.clauses,
            "checks": [check.id for check in result.checks],
            "failed": failed[result.case.name],
            "moments": [
                [at, who, texts.setdefault(what, len(texts)), texts.setdefault(detail, len(texts))]
                for at, who, what, detail in (
                    timeline(result.case, result.transcript) if result.transcript else ()
                )
            ],
        }
        for result in sorted(results, key=lambda result: result.case.name)
    }
    clauses = {
        clause["id"]: f"{clause['level']}: {clause['text']} ({clause['source']})"
        for clause in summary["clauses"]
    }
    content = {
        "client": summary["client"],
        "cases": packed,
        "texts": list(texts),
        "clauses": clauses,
    }
    raw = json.dumps(content, separators=(",", ":"), sort_keys=True).encode()
    return base64.b64encode(zlib.compress(raw, 9)).decode()
