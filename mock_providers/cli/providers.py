"""``mock-providers list``: what is mocked, and how well it is known."""

from __future__ import annotations

import argparse
import json
from typing import Any

from mock_providers.profiles import Profile, load_profile, provider_names


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("list", help="the providers, their dialects and evidence")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints a table, or JSON."""
    rows = [describe(load_profile(name)) for name in provider_names()]
    if options.json:
        print(json.dumps(rows, indent=2))
        return 0
    header = ("provider", "path", "recorded", "documented", "inferred", "dialects")
    cells = [header, *(_cells(row) for row in rows)]
    widths = [max(len(cell[i]) for cell in cells) for i in range(len(header) - 1)]
    for cell in cells:
        aligned = [
            text.rjust(width) if 2 <= i <= 4 else text.ljust(width)
            for i, (text, width) in enumerate(zip(cell, widths, strict=False))
        ]
        print("  ".join([*aligned, cell[-1]]).rstrip())
    print(f"{len(rows)} providers")
    return 0


def describe(profile: Profile) -> dict[str, Any]:
    """A provider in a few facts; the counts are rows of its profile by evidence."""
    return {
        "name": profile.name,
        "title": profile.title,
        "aliases": list(profile.aliases),
        "path": f"/{profile.name}{profile.base_path}",
        "dialects": sorted({route.dialect for route in profile.routes}),
        "operations": sorted({route.operation for route in profile.routes}),
        "errors": profile.table.names(),
        "evidence": profile.provenance(),
        "documentation": profile.documentation,
    }


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    counts = [str(row["evidence"][word]) for word in ("recorded", "documented", "inferred")]
    return (row["name"], row["path"], *counts, ", ".join(row["dialects"]))
