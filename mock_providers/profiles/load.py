"""Finds profiles, resolves ``extends``, validates and compiles them; each once per process.

A profile that extends another takes over what it does not say itself. Rows of the error table
that come from another *provider* (not from a family, whose name begins with ``_``) are
``inferred``: that two services share a format does not prove that they share a failure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from mock_providers.profiles.compile import compile_profile
from mock_providers.profiles.model import Profile

_DATA = files("mock_providers.profiles") / "data"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ProfileError(ValueError):
    """A profile that cannot be used; the message says file, place and what was expected."""


class UnknownProviderError(ValueError):
    """A provider nobody knows; the message lists those that are."""


def provider_names() -> list[str]:
    """Names of the bundled providers, sorted."""
    return [name for name in _bundled() if not name.startswith("_")]


@cache
def _bundled() -> tuple[str, ...]:
    names = (Path(item.name) for item in _DATA.iterdir())
    return tuple(sorted(path.stem for path in names if path.suffix == ".yaml"))


@cache
def _aliases() -> Mapping[str, str]:
    return {
        alias: name for name in provider_names() for alias in raw_profile(name).get("aliases", [])
    }


@cache
def load_profile(name: str) -> Profile:
    """The bundled provider of that name or alias. Raises `UnknownProviderError`."""
    if name in provider_names():
        return _compiled(raw_profile(name), f"{name}.yaml")
    if name in _aliases():
        return load_profile(_aliases()[name])
    raise UnknownProviderError(f"unknown provider {name!r}; known: {', '.join(provider_names())}")


def load_profile_file(path: Path) -> Profile:
    """A user's own profile; it may extend a bundled one. Raises `ProfileError`."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: cannot be read: {error}") from error
    return _compiled(_inherit(_parse(text, str(path)), str(path)), str(path))


@cache
def raw_profile(name: str) -> dict[str, Any]:
    """The YAML of a bundled profile with what it inherits, not yet compiled."""
    origin = f"{name}.yaml"
    return _inherit(_parse((_DATA / origin).read_text("utf-8"), origin), origin)


def _parse(text: str, origin: str) -> dict[str, Any]:
    try:
        raw = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise ProfileError(f"{origin}: no valid YAML: {error}") from error
    problems = sorted(_validator().iter_errors(raw), key=lambda problem: list(problem.path))
    if problems:
        first = problems[0]
        pointer = "/" + "/".join(map(str, first.absolute_path))
        raise ProfileError(f"{origin}: at {pointer}: {first.message}")
    return dict(raw)


@cache
def _validator() -> jsonschema.Draft202012Validator:
    schema = json.loads((files("mock_providers.profiles") / "schema.json").read_text("utf-8"))
    return jsonschema.Draft202012Validator(schema)


def _inherit(raw: dict[str, Any], origin: str) -> dict[str, Any]:
    parent = raw.pop("extends", None)
    if parent is None:
        return raw
    if parent not in _bundled():
        raise ProfileError(f"{origin}: at /extends: no profile {parent!r}")
    base = raw_profile(parent)
    inherited = {key: value for key, value in base.items() if key not in _OWN}
    merged = _merge(inherited, raw)
    rows = [_adopt(row, parent) for row in base.get("errors", [])]
    merged["errors"] = _merge_rows(rows, raw.get("errors", []))
    return {
        key: _without_nulls(value) if key in _ERASABLE else value for key, value in merged.items()
    }


_OWN = frozenset({"name", "title", "aliases", "evidence", "environment", "documentation"})
"""What a profile never takes over: its identity, and the proof of somebody else's facts."""


_ERASABLE = frozenset({"headers", "error_headers", "ids", "requests", "dialects", "violations"})
"""Sections whose entries a profile takes out again by setting them to null."""


def _without_nulls(section: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in section.items() if value is not None}


def _merge(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Own keys over the base's, mapping by mapping; an error body is one value and replaced."""
    merged = dict(base)
    for key, value in own.items():
        known = merged.get(key)
        both = key != "body" and isinstance(value, Mapping) and isinstance(known, Mapping)
        merged[key] = _merge(known, value) if both and known is not None else value
    return merged


def _adopt(row: dict[str, Any], parent: str) -> dict[str, Any]:
    if parent.startswith("_") or row["evidence"] == "inferred":
        return row
    return {**row, "evidence": "inferred", "source": f"as {parent}: {row['source']}"}


def _merge_rows(rows: list[dict[str, Any]], own: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def key(row: dict[str, Any]) -> tuple[Any, ...]:
        return row["name"], *row.get("dialects", ())

    replaced = {key(row) for row in own}
    return [*own, *(row for row in rows if key(row) not in replaced)]


def _compiled(raw: Mapping[str, Any], origin: str) -> Profile:
    try:
        return compile_profile(raw)
    except (KeyError, ValueError) as error:
        raise ProfileError(f"{origin}: {error}") from error
