"""From the folder of scenarios to cases.

A folder holds scenario files, ``axes.yaml`` (the shared tables) and, beside it, ``clauses/``. A
scenario's id begins with the path of its file: ``retry/hints.yaml`` holds ``retry.hints`` and
``retry.hints.…``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from conformance.errors import InvalidFileError, UsageError
from conformance.judge.match import MATCHERS
from conformance.model import Case
from conformance.plan import schema
from conformance.plan.document import Document, read
from conformance.plan.expand import Table, UnknownReferenceError, axes_of, fill, permutations

AXES_FILE = "axes.yaml"
_MODAL = re.compile(r"\b(should|must|shall|may)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence of what clients owe their users: ``level`` MUST, SHOULD or MAY."""

    id: str
    level: str
    text: str
    source: str
    excluded: str | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario as written, and the permutations it stands for."""

    id: str
    title: str
    document: Document
    profiles: tuple[str, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Suite:
    """All scenarios of a folder, in the order of their ids."""

    scenarios: tuple[Scenario, ...]
    clauses: Mapping[str, Clause]
    profiles: tuple[str, ...] = field(default=("ci", "real"))

    def cases(self, profile: str) -> Iterator[tuple[Scenario, Case]]:
        """Every case of a profile."""
        for scenario in self.scenarios:
            if profile in scenario.profiles:
                for case in scenario.cases:
                    yield scenario, case


def root() -> Path:
    """The folder of this package's own data."""
    return Path(str(files("conformance")))


@cache
def bundled() -> Suite:
    """The suite that ships with this package."""
    return load(root() / "scenarios", root() / "clauses")


def load(folder: Path, clauses_folder: Path) -> Suite:
    """A suite from its folders. Raises `UsageError` for the first thing wrong with it."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder", hint="name a folder of scenario files")
    clauses = load_clauses(clauses_folder)
    shared = load_axes(folder / AXES_FILE)
    scenarios: dict[str, Scenario] = {}
    titles: dict[str, str] = {}
    for path in sorted(folder.rglob("*.yaml")):
        if path.name == AXES_FILE:
            continue
        name = path.relative_to(folder).as_posix()
        for document in read(path, f"{folder.name}/{name}"):
            scenario = make(document, name, shared, clauses)
            if scenario.id in scenarios:
                raise document.error("/id", "an id of its own", f"{scenario.id!r} again")
            if scenario.title in titles:
                raise document.error(
                    "/title", "a title of its own", f"that of {titles[scenario.title]}"
                )
            scenarios[scenario.id] = scenario
            titles[scenario.title] = scenario.id
    return Suite(tuple(scenarios[key] for key in sorted(scenarios)), clauses)


def load_clauses(folder: Path) -> dict[str, Clause]:
    """All clauses of a folder by id."""
    found: dict[str, Clause] = {}
    for path in sorted(folder.glob("*.yaml")):
        for document in read(path, f"{folder.name}/{path.name}"):
            schema.check("clauses", document)
            for position, row in enumerate(document.data["clauses"]):
                if row["id"] in found:
                    raise document.error(
                        f"/clauses/{position}/id", "an id of its own", f"{row['id']!r} again"
                    )
                found[row["id"]] = Clause(**row)
    return found


def load_axes(path: Path) -> dict[str, Table]:
    """The shared tables of axis values."""
    if not path.exists():
        return {}
    (document,) = read(path, f"{path.parent.name}/{path.name}")
    schema.check("axes", document)
    tables: dict[str, Table] = document.data
    return tables


def make(
    document: Document, name: str, shared: Mapping[str, Table], clauses: Mapping[str, Clause]
) -> Scenario:
    """One scenario with all its cases. Raises `InvalidFileError`."""
    raw = document.data
    if not isinstance(raw, Mapping):
        raise document.error("", "a mapping", type(raw).__name__)
    if "id" not in raw:
        raise document.error("", "the key 'id'", "none")
    _check_names(document, name, clauses)
    try:
        axes = axes_of(raw.get("axes", {}), shared)
        cases = tuple(_cases(document, axes))
    except UnknownReferenceError as error:
        at = document.find(error.reference) or "/axes"
        raise document.error(at, "a name that a table has", error.message) from error
    return Scenario(raw["id"], raw["title"], document, tuple(raw.get("profiles", ("ci",))), cases)


def _check_names(document: Document, name: str, clauses: Mapping[str, Clause]) -> None:
    raw = document.data
    prefix = name.removesuffix(".yaml").replace("/", ".")
    own = str(raw["id"])
    if own != prefix and not own.startswith(f"{prefix}."):
        raise document.error("/id", f"{prefix} or {prefix}.… (the path of its file)", repr(own))
    if _MODAL.search(str(raw.get("title", ""))):
        raise document.error("/title", "what happens, in the present tense", repr(raw["title"]))
    for position, clause in enumerate(raw.get("clauses", [])):
        if clause not in clauses:
            raise document.error(f"/clauses/{position}", "a clause of clauses/*.yaml", repr(clause))
    for pointer, key in _matchers(raw, ""):
        if key not in MATCHERS:
            raise document.error(pointer, f"one of {', '.join(MATCHERS)}", repr(key))


def _matchers(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    items: Any = ()
    if isinstance(value, Mapping):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        inner = f"{pointer}/{key}"
        if "/expect" in pointer and str(key).startswith("$") and not str(key).startswith("${"):
            yield inner, key
        yield from _matchers(item, inner)


def _cases(document: Document, axes: Mapping[str, Table]) -> Iterator[Case]:
    """The permutations. A document is checked with the rows in place, each row at least once."""
    raw = document.data
    seen: set[tuple[str, str]] = set()
    made = False
    for choice in permutations(axes, raw.get("exclude", [])):
        filled = fill({k: v for k, v in raw.items() if k != "axes"}, choice, axes)
        if not made or not seen.issuperset(choice.items()):
            schema.check("scenario", Document(document.file, filled, document.lines))
            seen.update(choice.items())
        made = True
        yield _case(filled, choice, axes, document)
    if not made:
        raise document.error("/axes", "at least one permutation", "none")


def _case(
    filled: Mapping[str, Any],
    choice: dict[str, str],
    axes: Mapping[str, Table],
    document: Document,
) -> Case:
    row = axes["dialect"][choice["dialect"]] if "dialect" in choice else {}
    calls = tuple(_call(call, row, document, n) for n, call in enumerate(filled["calls"]))
    return Case(
        id=filled["id"],
        title=filled["title"],
        axes=choice,
        clauses=tuple(filled["clauses"]),
        scope=filled.get("scope", "universal"),
        needs=tuple(filled.get("needs", ())),
        client=filled.get("client", {}),
        calls=calls,
        server=tuple(filled.get("server", ())),
        expect=filled.get("expect", {}),
        seed=filled.get("seed", 0),
        file=document.file,
    )


def _call(
    call: Mapping[str, Any], row: Mapping[str, Any], document: Document, number: int
) -> dict[str, Any]:
    model = call.get("model") or row.get("model")
    if model is None:
        raise document.error(
            f"/calls/{number}", "a model", "none", hint="name one, or use the axis 'dialect'"
        )
    api = call.get("api") or row.get("api")
    return {**call, "model": model, **({"api": api} if api else {})}


def problems(folder: Path, clauses_folder: Path) -> list[InvalidFileError | UsageError]:
    """Everything wrong with a folder, one error a file at most; for ``lint``."""
    found: list[InvalidFileError | UsageError] = []
    try:
        clauses, shared = load_clauses(clauses_folder), load_axes(folder / AXES_FILE)
    except UsageError as error:
        return [error]
    for path in sorted(folder.rglob("*.yaml")):
        if path.name == AXES_FILE:
            continue
        name = path.relative_to(folder).as_posix()
        try:
            for document in read(path, f"{folder.name}/{name}"):
                make(document, name, shared, clauses)
        except UsageError as error:
            found.append(error)
    if not found:
        try:
            load(folder, clauses_folder)
        except UsageError as error:
            found.append(error)
    return found
