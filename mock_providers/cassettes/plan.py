"""A recording plan: which questions are put to the mocks, each to become a cassette."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mock_providers.cassettes.model import CassetteError


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One question: to which provider, in which dialect, under which path below the provider's
    mount, with which faults. ``base`` is the address of the API the provider stands for;
    ``stream``: whether a stream is asked for."""

    provider: str
    name: str
    dialect: str
    base: str
    path: str
    json: Any
    faults: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: bool = False


def load_plan(path: Path) -> list[Recording]:
    """The recordings of a plan. Raises `CassetteError` (file, entry, what was expected)."""
    try:
        groups = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise CassetteError(f"{path}: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise CassetteError(f"{path}: not YAML: {error}") from None
    if not isinstance(groups, list):
        raise CassetteError(f"{path}: /: expected a list, found {groups!r:.60}")
    return [one for n, group in enumerate(groups) for one in _group(f"{path}: /{n}", group)]


def _group(place: str, group: Any) -> Iterator[Recording]:
    if not isinstance(group, dict):
        raise CassetteError(f"{place}: expected a mapping, found {group!r:.60}")
    for key in ("provider", "base", "dialect", "path", "recordings"):
        if key not in group:
            raise CassetteError(f"{place}/{key}: missing")
    for name, fields in group["recordings"].items():
        body = fields.get("json")
        stream = bool(fields.get("stream", isinstance(body, dict) and body.get("stream")))
        usual = group.get("stream_path", group["path"]) if stream else group["path"]
        yield Recording(
            group["provider"],
            name,
            group["dialect"],
            group["base"],
            fields.get("path", usual),
            body,
            fields.get("faults", ""),
            {**group.get("headers", {}), **fields.get("headers", {})},
            stream,
        )
