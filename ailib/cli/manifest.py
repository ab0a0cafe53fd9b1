"""``ailib manifest``: check a manifest file, show what the library makes of one."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ailib.errors import AiLibError, ManifestNotFoundError
from ailib.manifest import load_provider

SUFFIXES = (".yaml", ".yml", ".json")


def add(commands: Any) -> None:
    """Adds the command and its two parts to the parser."""
    parser = commands.add_parser("manifest", help="validate or show manifests")
    parts = parser.add_subparsers(metavar="COMMAND", required=True)
    validate = parts.add_parser("validate", help="check manifest files")
    validate.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder of them"
    )
    validate.set_defaults(run=run_validate)
    shown = parts.add_parser("show", help="print a manifest with all that it extends")
    shown.add_argument("provider", metavar="PROVIDER", help="an id, an alias, or a file")
    shown.add_argument("--json", action="store_true", help="print JSON instead of YAML")
    shown.set_defaults(run=run_show)


def run_validate(options: argparse.Namespace) -> int:
    """Prints one line a file; 2 if one of them is invalid."""
    files = [file for path in options.paths for file in _files(path)]
    invalid = 0
    for file in files:
        try:
            provider = load_provider(file)
            for name in provider.api_names():
                provider.api(name)
        except AiLibError as error:
            invalid += 1
            print(f"ailib: {error}", file=sys.stderr)
        else:
            print(f"{file}: valid ({provider.id}: {', '.join(provider.api_names())})")
    print(f"{len(files) - invalid} valid, {invalid} invalid")
    return 2 if invalid else 0


def run_show(options: argparse.Namespace) -> int:
    """Prints the manifest as the client sees it."""
    document = load_provider(options.provider).manifest
    if options.json:
        print(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        print(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), end="")
    return 0


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise ManifestNotFoundError(f"no file or folder {path}")
    found = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
    if not found:
        raise ManifestNotFoundError(
            f"no manifest in folder {path}", hint=f"their names end in {', '.join(SUFFIXES)}"
        )
    yield from found
