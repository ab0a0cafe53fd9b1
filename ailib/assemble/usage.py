"""The manifest's ``usage`` table: a provider's figures to `Usage`.

Each of the names of `Usage` maps to a path below the usage object, to a list of paths (the first
present wins) or to ``{sum: [path, …]}`` (missing ones count 0, all missing gives ``None``).
Reports are cumulative: a later one replaces what it names and leaves the rest, because providers
repeat, correct and drop fields from chunk to chunk; nothing is ever added up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ailib.mapping import compile_path
from ailib.types import Usage

Figure = Callable[[Any], int | None]


def compile_usage(table: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Usage | None]:
    """A function from a usage object to `Usage`; ``None`` where it has no figure."""
    figures = {name: _figure(spec) for name, spec in table.items()}

    def read(raw: Mapping[str, Any]) -> Usage | None:
        values: dict[str, Any] = {name: figure(raw) for name, figure in figures.items()}
        if all(value is None for value in values.values()):
            return None
        _complete(values)
        return Usage(**values, raw=dict(raw))

    return read


def _complete(values: dict[str, Any]) -> None:
    """The third of prompt, completion and total where the provider gave two."""
    prompt, answer, total = (values.get(f"{n}_tokens") for n in ("prompt", "completion", "total"))
    if total is None and prompt is not None and answer is not None:
        values["total_tokens"] = prompt + answer
    if answer is None and prompt is not None and total is not None:
        values["completion_tokens"] = max(total - prompt, 0)


def merged(before: Mapping[str, Any] | None, report: Mapping[str, Any]) -> dict[str, Any]:
    """The usage object after ``report``; a null says nothing."""
    news = {name: value for name, value in report.items() if value is not None}
    return {**(before or {}), **news}


def _figure(spec: Any) -> Figure:
    if isinstance(spec, Mapping):
        parts = [_figure(path) for path in spec["sum"]]

        def total(raw: Any) -> int | None:
            found = [value for part in parts if (value := part(raw)) is not None]
            return sum(found) if found else None

        return total
    paths = [compile_path(path) for path in ([spec] if isinstance(spec, str) else spec)]

    def first(raw: Any) -> int | None:
        for path in paths:
            value = path(raw)
            if value.__class__ is int:
                return int(value)
            if value is not None and (count := _count(value)) is not None:
                return count
        return None

    return first


def _count(value: Any) -> int | None:
    """Whole tokens; some gateways write them as text or as 12.0."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return int(value) if isinstance(value, str) and value.isdigit() else None
