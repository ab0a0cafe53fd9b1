"""``ailib providers``: the providers that come with the library."""

from __future__ import annotations

import argparse
from typing import Any

from ailib.cli.output import add_json, show
from ailib.errors import AiLibError
from ailib.manifest import Provider, bundled_ids, load_provider


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("providers", help="list the providers that are built in")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints one row a provider."""
    show([_row(load_provider(name)) for name in bundled_ids()], as_json=options.json)
    return 0


def _row(provider: Provider) -> dict[str, Any]:
    return {
        "id": provider.id,
        "name": provider.name,
        "aliases": list(provider.aliases),
        "apis": list(provider.api_names()),
        "models": len(provider.models),
        "key": list(provider.auth.env),
        "base_url": address_of(provider),
    }


def address_of(provider: Provider) -> str | None:
    """The base URL; ``None`` where a variable of it is not set."""
    try:
        return provider.base_url
    except AiLibError:
        return None
