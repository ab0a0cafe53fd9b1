"""Finds profiles, resolves ``extends``, validates and compiles them; each once per process.

A profile that extends another takes over what it does not say itself. Rows of the error table
that come from another *provider* (not from a family, whose name begins with ``_``) are
``inferred``: that two services share a format does not prove that they share a failure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

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


_ALIASES = re.compile(r"^aliases: \[([^\]]*)\]", re.MULTILINE)


@cache
def _aliases() -> Mapping[str, str]:
    """Aliases are looked for in the text: to read forty files as YAML takes too long for that."""
    found: dict[str, str] = {}
    for name in provider_names():
        if line := _ALIASES.search((_DATA / f"{name}.yaml").read_text("utf-8")):
            found |= {alias.strip(): name for alias in line[1].split(",")}
    return found


def canonical_name(name: str, default: str | None = None) -> str:
    """The bundled provider's name behind a name or alias; ``default``, or else raises
    `UnknownProviderError`."""
    if name in _bundled() and not name.startswith("_"):
        return name
    if name in _aliases():
        return _aliases()[name]
    if default is not None:
        return default
    raise UnknownProviderError(f"unknown provider {name!r}; known: {', '.join(provider_names())}")


@cache
def load_profile(name: str) -> Profile:
    """The bundled provider of that name or alias. Raises `UnknownProviderError`."""
    known = canonical_name(name)
    return _compiled(raw_profile(known), f"{known}.yaml") if known == name else load_profile(known)


def load_profile_file(path: Path) -> Profile:
    """A user's own profile; it may extend a bundled one. Raises `ProfileError`."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: cannot be read: {error}") from error
    raw = _parse(text, str(path))
    check_schema(raw, str(path))
    return _compiled(_inherit(raw, str(path)), str(path))


@cache
def raw_profile(name: str) -> dict[str, Any]:
    """The YAML of a bundled profile with what it inherits, not yet compiled. Bundled files are
    held against the schema in the tests, not here."""
    origin = f"{name}.yaml"
    return _inherit(_parse((_DATA / origin).read_text("utf-8"), origin), origin)


def _parse(text: str, origin: str) -> dict[str, Any]:
    try:
        raw = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise ProfileError(f"{origin}: no valid YAML: {error}") from error
    if not isinstance(raw, dict):
        raise ProfileError(f"{origin}: at /: expected a mapping with a name")
    return raw


def check_schema(raw: Any, origin: str) -> None:
    """Holds a profile's YAML against the schema. Raises `ProfileError` with file and place."""
    problems = sorted(_validator().iter_errors(raw), key=lambda problem: list(problem.path))
    if problems:
        first = problems[0]
        pointer = "/" + "/".join(map(str, first.absolute_path))
        raise ProfileError(f"{origin}: at {pointer}: {first.message}")


@cache
def _validator() -> Any:
    import jsonschema  # noqa: PLC0415 - slow to import; only a user's own profile needs it

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
