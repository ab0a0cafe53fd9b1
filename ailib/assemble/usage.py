"""The manifest's ``usage`` table: a provider's figures to `Usage`.

Each of the names of `Usage` maps to a path below the usage object, to a list of paths (the first
present wins) or to ``{sum: [path, …]}`` (missing ones count 0, all missing gives ``None``).
Reports are cumulative: a later one replaces what it names and leaves the rest, because providers
repeat, correct and drop fields from chunk to chunk; nothing is ever added up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ailib.mapping.grammar import Path, parse_path
from ailib.mapping.source import Block, Writer
from ailib.types import Usage

Read = Callable[[Mapping[str, Any]], Usage | None]


def compile_usage(table: Mapping[str, Any]) -> Read:
    """A function from a usage object to `Usage`; ``None`` where it has no figure."""
    writer = Writer()
    writer.constants |= {"count": _count, "total": _total, "made": _made}
    writer.lines.append("def read(raw):")
    block = Block(writer, 1, {Path("$"): "raw", Path("."): "raw"}, {"raw": "raw"})
    figures = {name: _figure(block, spec) for name, spec in table.items()}
    if not figures:
        return lambda raw: None  # noqa: ARG005
    block.line(f"if {' is None and '.join(figures.values())} is None: return None")
    given = "".join(f", {name}={local}" for name, local in figures.items())
    block.line(f"return made(raw{given})")
    return writer.build("read")


def merged(before: Mapping[str, Any] | None, report: Mapping[str, Any]) -> dict[str, Any]:
    """The usage object after ``report``; a null says nothing."""
    news = {name: value for name, value in report.items() if value is not None}
    return {**(before or {}), **news}


def _figure(block: Block, spec: str | Sequence[str] | Mapping[str, Any]) -> str:
    """The local that holds a figure of the table."""
    name = block.writer.local()
    if isinstance(spec, Mapping):
        parts = ", ".join([_figure(block, part) for part in spec["sum"]])
        block.line(f"{name} = total({parts})")
        return name
    first, *others = [spec] if isinstance(spec, str) else spec
    value = block.read(parse_path(first))
    block.line(f"{name} = {value} if {value}.__class__ is int else count({value})")
    for path in others:
        block.line(f"if {name} is None:")
        inner = block.nested()
        value = inner.read(parse_path(path))
        inner.line(f"{name} = {value} if {value}.__class__ is int else count({value})")
    return name


def _made(
    raw: Mapping[str, Any],
    prompt_tokens: int | None = None,
    completion_tokens: int | None = None,
    total_tokens: int | None = None,
    **parts: Any,
) -> Usage:
    """`Usage` of the figures; the third of prompt, completion and total where two were given."""
    if prompt_tokens is not None:
        if total_tokens is None and completion_tokens is not None:
            total_tokens = prompt_tokens + completion_tokens
        elif completion_tokens is None and total_tokens is not None:
            completion_tokens = max(total_tokens - prompt_tokens, 0)
    return Usage(prompt_tokens, completion_tokens, total_tokens, raw=dict(raw), **parts)


def _total(*parts: int | None) -> int | None:
    found = [part for part in parts if part is not None]
    return sum(found) if found else None


def _count(value: Any) -> int | None:
    """Whole tokens; some gateways write them as text or as 12.0."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return int(value) if isinstance(value, str) and value.isdigit() else None
