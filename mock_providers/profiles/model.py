"""A provider as the mocks know it: frozen values compiled from one YAML file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Literal

from mock_providers.dialects.base import Context
from mock_providers.profiles.errors import ErrorRow, ErrorTable
from mock_providers.profiles.ids import IdMaker
from mock_providers.profiles.template import Template


@dataclass(frozen=True, slots=True)
class Route:
    """A path of the provider (below its base) and what it means.

    ``pattern`` is ``None`` where the path has no holes. ``stream`` is what the path alone says
    about streaming; ``None``: the body decides.
    """

    method: str
    path: str
    operation: str
    dialect: str
    pattern: re.Pattern[str] | None = None
    stream: bool | None = None
    auth: bool = True


@dataclass(frozen=True, slots=True)
class AuthScheme:
    """One way to show a key: where, under which name, after which prefix, in which form."""

    place: Literal["header", "query"]
    name: str
    prefix: str
    form: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Auth:
    """The schemes of a provider in the order it looks at them, and the error rows for a key that
    is missing, malformed or wrong. No schemes: no key needed."""

    schemes: tuple[AuthScheme, ...] = ()
    missing: str = "missing_key"
    malformed: str = "invalid_key"
    invalid: str = "invalid_key"


@dataclass(frozen=True, slots=True)
class Models:
    """The models of a provider.

    ``known`` are rows with ``id`` and, where known, ``created`` (epoch seconds), ``owned_by``,
    ``display_name``, ``input_limit``, ``output_limit`` (tokens); ``patterns`` (``gpt-*``) accept
    further names.
    """

    known: tuple[Mapping[str, Any], ...]
    patterns: tuple[str, ...]
    rows: Mapping[str, Mapping[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", {row["id"]: row for row in self.known})

    def find(self, name: str) -> Mapping[str, Any] | None:
        """The row of that id."""
        return self.rows.get(name)

    def accepts(self, name: str) -> bool:
        """Whether the provider would serve it: listed, or of a pattern's form."""
        return name in self.rows or any(fnmatchcase(name, p) for p in self.patterns)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A limit as the provider states it: so many units in so many seconds."""

    name: str
    limit: int
    window: float


@dataclass(frozen=True, slots=True)
class Limits:
    """The provider's rate limits, the headers that tell of them and the rows that refuse.

    ``reset`` is how the provider writes the time until the bucket is full again (see
    `mock_providers.limits.formats`).
    """

    buckets: tuple[Bucket, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    reset: str = "seconds"
    refusals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DialectFacts:
    """What this provider says in one of its dialects: finish words, quirks of the wire."""

    finish_reasons: Mapping[str, str] = field(default_factory=dict)
    quirks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Violation:
    """What a provider answers to one kind of bad request: the row and its values."""

    error: str
    values: Mapping[str, Template]


@dataclass(frozen=True, slots=True)
class Environment:
    """Variables from which the vendor's SDK takes key and base URL; ``other`` as they are."""

    key: tuple[str, ...] = ()
    base_url: tuple[str, ...] = ()
    other: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """A provider.

    ``base_path`` is what its SDK wants in the base URL after the mount (``/v1``); ``example_key``
    is a well-formed key; ``evidence`` says how the facts outside the error table are known.
    """

    name: str
    title: str
    documentation: str
    base_path: str
    example_key: str
    routes: tuple[Route, ...]
    auth: Auth
    models: Models
    table: ErrorTable
    limits: Limits
    aliases: tuple[str, ...] = ()
    environment: Environment = field(default_factory=Environment)
    dialects: Mapping[str, DialectFacts] = field(default_factory=dict)
    ids: Mapping[str, IdMaker] = field(default_factory=dict)
    headers: Mapping[str, Template] = field(default_factory=dict)
    error_headers: Mapping[str, Template] = field(default_factory=dict)
    requests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rules: tuple[Mapping[str, Any], ...] = ()
    violations: Mapping[str, Violation] = field(default_factory=dict)
    path_style: Literal["brackets", "dots"] = "brackets"
    evidence: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def error(self, name_or_status: str | int, dialect: str = "") -> ErrorRow:
        """The row of the error table; see `ErrorTable.find`."""
        return self.table.find(name_or_status, dialect)

    def context(self, dialect: str, random: Random, now: float) -> Context:
        """What a dialect may use for one answer of this provider."""
        facts = self.dialects.get(dialect, _NO_FACTS)
        return Context(
            random, now, self.name, facts.quirks, facts.finish_reasons, self.models.known
        )

    def provenance(self) -> dict[str, int]:
        """How many rows of this profile are recorded, documented, inferred."""
        counts = {"recorded": 0, "documented": 0, "inferred": 0}
        for row in self.table.rows:
            counts[row.evidence] += 1
        for fact in self.evidence.values():
            counts[fact["evidence"]] += 1
        return counts


_NO_FACTS = DialectFacts()
