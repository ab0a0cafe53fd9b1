"""Tables, for people and for programs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any


def add_json(parser: argparse.ArgumentParser) -> None:
    """Adds ``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def show(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Prints rows of the same keys: aligned columns under their names, or a JSON array."""
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    names = list(rows[0]) if rows else []
    lines = [names, *([_cell(row[name]) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"
    return str(value)
