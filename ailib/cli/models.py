"""``ailib models``: the models that the manifests describe."""

from __future__ import annotations

import argparse
from typing import Any

from ailib.cli.output import add_json, show
from ailib.manifest import Provider, bundled_ids, load_provider


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "models",
        help="list known models",
        description="Lists the models that the manifests describe; others may be used as well.",
    )
    parser.add_argument("provider", nargs="?", metavar="PROVIDER", help="only this one's")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints one row a model."""
    names = [options.provider] if options.provider else bundled_ids()
    rows = [row for name in names for row in _rows(load_provider(name))]
    show(rows, as_json=options.json)
    return 0


def _rows(provider: Provider) -> list[dict[str, Any]]:
    return [
        {
            "model": f"{provider.id}/{name}",
            "context_window": known.get("context_window"),
            "max_output_tokens": known.get("max_output_tokens"),
            "status": known.get("status"),
        }
        for name, known in provider.models.items()
    ]
