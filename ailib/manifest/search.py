"""Where manifests are: the user's folders first, then the bundled ones.

A folder may hold ``<id>.yaml`` itself or the layout of the public repository (``v2/providers``,
``v1/providers``, ``dist/…/*.json``). Ids are exact: no case folding. An id that is no file name
is looked for among the ``aliases`` of the bundled manifests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from ailib.errors import ManifestNotFoundError
from ailib.manifest.document import Source, read_document

LAYOUTS: Final = (
    "{id}.yaml",
    "{id}.yml",
    "{id}.json",
    "providers/{id}.yaml",
    "dist/v2/providers/{id}.json",
    "v2/providers/{id}.yaml",
    "dist/v1/providers/{id}.json",
    "v1/providers/{id}.yaml",
)
SUFFIXES: Final = (".yaml", ".yml", ".json")
FOLDER_VARIABLES: Final = ("AI_PROTOCOL_DIR", "AI_PROTOCOL_PATH")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def find(id_or_path: str | Path, search: Sequence[str | Path], env: Mapping[str, str]) -> Source:
    """The manifest file of an id, or the file itself. Raises `ManifestNotFoundError`, close
    matches named."""
    text = str(id_or_path)
    if isinstance(id_or_path, Path) or text.endswith(SUFFIXES):
        path = Path(id_or_path)
        if path.is_file():
            return path
        raise ManifestNotFoundError(f"no manifest file {text}")
    if not _ID.fullmatch(text):
        raise ManifestNotFoundError(
            f"no provider {text!r}", hint="a provider id is letters, digits, '-', '_' and '.'"
        )
    folders = [Path(folder) for folder in (*search, *_folders(env))]
    found = _in_folders(text, folders) or _bundled(text)
    if found is None and (alias := aliases().get(text)) is not None:
        found = _in_folders(alias, folders) or _bundled(alias)
    if found is None:
        raise _not_found(text, folders)
    return found


def family(name: str) -> Source | None:
    """The bundled family manifest ``name``."""
    file = _data() / "families" / f"{name}.yaml"
    return file if _ID.fullmatch(name) and file.is_file() else None


def is_bundled(source: Source) -> bool:
    """Whether a file is one of ours (checked by the tests, not when it is loaded)."""
    return str(source).startswith(str(_data()))


@cache
def bundled_ids() -> tuple[str, ...]:
    """Ids of the bundled providers, sorted."""
    files = (_data() / "providers").iterdir()
    return tuple(sorted(f.name[:-5] for f in files if f.name.endswith(".yaml")))


@cache
def aliases() -> Mapping[str, str]:
    """Alias → id over all bundled manifests (reads them all: only for names that are no id)."""
    found: dict[str, str] = {}
    for name in bundled_ids():
        source = _bundled(name)
        document = read_document(source) if source is not None else {}
        for alias in document.get("aliases") or ():
            found[alias] = name
    return found


def _data() -> Traversable:
    return resources.files("ailib.manifests")


def _folders(env: Mapping[str, str]) -> list[str]:
    values = (env.get(name, "").strip() for name in FOLDER_VARIABLES)
    return [value for value in values if value and "://" not in value]


def _in_folders(name: str, folders: Iterable[Path]) -> Path | None:
    paths = (folder / layout.format(id=name) for folder in folders for layout in LAYOUTS)
    return next((path for path in paths if _is_there(path)), None)


def _is_there(file: Source) -> bool:
    """Whether there is a file of exactly this name: some file systems fold case, ids do not."""
    if not file.is_file():
        return False
    folder = file.parent if isinstance(file, Path) else _data() / "providers"
    return any(other.name == file.name for other in folder.iterdir())


def _bundled(name: str) -> Traversable | None:
    file = _data() / "providers" / f"{name}.yaml"
    return file if _is_there(file) else None


def _not_found(name: str, folders: Sequence[Path]) -> ManifestNotFoundError:
    known = {*bundled_ids(), *aliases()}
    for folder in folders:
        known |= {file.stem for file in folder.glob("*.yaml")}
    import difflib  # noqa: PLC0415 - for an error alone

    close = difflib.get_close_matches(name.lower(), sorted(known), n=3, cutoff=0.6)
    if close:
        return ManifestNotFoundError(f"no provider {name!r}", hint=f"near: {', '.join(close)}")
    listed = ", ".join(bundled_ids())
    return ManifestNotFoundError(
        f"no provider {name!r}", hint=f"known: {listed}; or put {name}.yaml into a manifest folder"
    )
