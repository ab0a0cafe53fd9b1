"""From a name to a `Provider`: find, read, promote, merge, check; once a process."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ailib.encode.bodies import merge
from ailib.errors import ManifestInvalidError
from ailib.manifest.document import Source, invalid, read_document
from ailib.manifest.provider import Provider
from ailib.manifest.public import is_public, promote
from ailib.manifest.search import family, find, is_bundled
from ailib.manifest.validate import check_compiles, check_document

_LOADED: dict[tuple[str, int, int], Mapping[str, Any]] = {}
_PROVIDERS: dict[tuple[str, int, int], Provider] = {}

MAX_PARENTS = 5


def load_provider(
    id_or_path: str | Path,
    *,
    search: Sequence[str | Path] = (),
    env: Mapping[str, str] | None = None,
) -> Provider:
    """The provider of an id, an alias or a manifest file.

    ``search`` are the caller's manifest folders, asked before the bundled manifests; ``env``
    stands for the environment (default: the real one). Raises `ManifestNotFoundError`, close
    matches named, and `ManifestInvalidError` with file, line and pointer.
    """
    source = find(id_or_path, search, os.environ if env is None else env)
    key = _key(source)
    if env is not None:
        return Provider(_document(source, key), env)
    if key not in _PROVIDERS:
        _PROVIDERS[key] = Provider(_document(source, key), os.environ)
    return _PROVIDERS[key]


def _document(source: Source, key: tuple[str, int, int]) -> Mapping[str, Any]:
    if key not in _LOADED:
        document = read_document(source)
        trusted = is_bundled(source)
        if not trusted:
            check_document(document, source, public=is_public(document))
        made = complete(document, source)
        if not trusted:
            check_compiles(Provider(made, {}), source)
        _LOADED[key] = made
    return _LOADED[key]


def complete(document: Mapping[str, Any], source: Source) -> Mapping[str, Any]:
    """A manifest document with its family merged in; the public formats promoted."""
    if is_public(document):
        document = promote(document)
    merged = _extended(document, source)
    for name in ("id", "protocol_version", "endpoint", "apis", "default_api"):
        if name not in merged:
            raise invalid(
                str(source),
                f"{name!r} is missing",
                pointer=f"/{name}",
                hint="extends: openai gives everything but id and endpoint",
            )
    if not isinstance(merged["endpoint"], Mapping) or not merged["endpoint"].get("base_url"):
        raise invalid(str(source), "the provider has no address", pointer="/endpoint/base_url")
    return merged


def _extended(document: Mapping[str, Any], source: Source) -> dict[str, Any]:
    """``document`` over what it ``extends``, a family or a manifest file beside it."""
    chain = [dict(document)]
    while (parent := chain[-1].pop("extends", None)) is not None:
        if len(chain) > MAX_PARENTS:
            raise _bad_parent(source, str(parent), "extends itself")
        found = _parent(str(parent), source)
        if found is None:
            raise _bad_parent(source, str(parent), "no such family")
        chain.append(read_document(found))
    merged: dict[str, Any] = {}
    for part in reversed(chain):
        merged = merge(merged, _with_borrowed_apis(part, source))
        # A top-level auth (public V1) stands for the endpoint's; and another way to authenticate
        # takes nothing of the parent's.
        auth = (part.get("endpoint") or {}).get("auth") or part.get("auth") or {}
        if "type" in auth:
            merged["endpoint"] = {**merged["endpoint"], "auth": auth}
    return merged


def _with_borrowed_apis(document: Mapping[str, Any], source: Source) -> Mapping[str, Any]:
    """``document`` with the APIs that extend another family's (``extends: family/api``) made
    whole."""
    apis = dict(document.get("apis") or {})
    for name, spec in apis.items():
        if spec and "extends" in spec:
            parent, _, api = spec["extends"].partition("/")
            found = family(parent)
            base = (read_document(found)["apis"] if found else {}).get(api)
            if base is None:
                raise invalid(
                    str(source),
                    f"extends {spec['extends']!r}: no such API of a family",
                    pointer=f"/apis/{name}/extends",
                    hint="write family/api",
                )
            apis[name] = merge(base, {k: v for k, v in spec.items() if k != "extends"})
    return {**document, "apis": apis} if apis else document


def _parent(name: str, source: Source) -> Source | None:
    found = family(name)
    if found is not None or not isinstance(source, Path):
        return found
    beside = source.parent / f"{name}.yaml"
    return beside if beside != source and beside.is_file() else None


def _bad_parent(source: Source, name: str, why: str) -> ManifestInvalidError:
    return invalid(
        str(source), f"extends {name!r}: {why}", pointer="/extends", hint="see ailib manifests"
    )


def _key(source: Source) -> tuple[str, int, int]:
    """A file by place and version, so that a changed one is read again."""
    if isinstance(source, Path):
        stat = source.stat()
        return str(source.resolve()), stat.st_mtime_ns, stat.st_size
    return str(source), 0, 0
