"""The error table of a provider: one row a failure, rendered as the provider would send it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mock_providers.dialects.base import Context, EventKind
from mock_providers.profiles.ids import IdMaker
from mock_providers.profiles.template import Template

Evidence = Literal["recorded", "documented", "inferred"]


@dataclass(frozen=True, slots=True)
class InStreamForm:
    """One event of an error inside a stream. ``raw``: the JSON is sent without the dialect's
    framing (Gemini's bare object between frames)."""

    kind: EventKind
    name: str | None
    data: Template
    raw: bool = False


@dataclass(frozen=True, slots=True)
class InStreamEvent:
    """An `InStreamForm` with its data filled in."""

    kind: EventKind
    name: str | None
    data: Any
    raw: bool = False


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """A failure of one provider.

    ``name`` is the neutral word (``rate_limited``), ``aliases`` the provider's own; a row with
    ``dialects`` holds for these alone. ``values`` fill the holes of ``body`` and of the forms of
    ``in_stream`` (by dialect); whoever renders may replace them. ``stream_content_type`` is the
    content type where a stream had been asked for, if that differs. ``limit_headers``: the answer
    carries the rate-limit headers.
    """

    name: str
    status: int
    evidence: Evidence
    source: str
    aliases: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()
    values: Mapping[str, Template] = field(default_factory=dict)
    body: Template | None = None
    content_type: str = "application/json"
    stream_content_type: str | None = None
    indent: int | None = None
    headers: Mapping[str, Template] = field(default_factory=dict)
    limit_headers: bool = False
    in_stream: Mapping[str, tuple[InStreamForm, ...]] = field(default_factory=dict)
    ids: Mapping[str, IdMaker] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RenderedError:
    """An answer ready to be sent; ``json`` is the body before it became bytes."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    json: Any


def row_values(row: ErrorRow, context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """All holes of a row: fresh ids, the row's own values, and those given by the caller."""
    values: dict[str, Any] = {name: make(context.random) for name, make in row.ids.items()}
    values |= {"status": row.status, "now": int(context.now), "provider": context.provider}
    values |= DEFAULT_VALUES
    values |= given
    wait = values["retry_after"]
    values["retry_after"] = int(wait) if wait == int(wait) else wait
    values["retry_after_ms"] = given.get("retry_after_ms", int(wait * 1000))
    for name, fill in row.values.items():
        if name not in given:
            values[name] = fill(values)
    return values


DEFAULT_VALUES: Mapping[str, Any] = {
    "asked": 200_000,
    "detail": "",
    "key_hint": "****",
    "limit": 128_000,
    "method": "POST",
    "method_name": "generateContent",
    "model": "unknown",
    "next_sequence_number": 3,
    "param": None,
    "path": "/",
    "response_id": "resp_mock",
    "retry_after": 1,
    "sequence_number": 2,
    "tokens": 128_001,
    "version": "v1",
}
"""What a row may speak of when nobody said otherwise (a fault asked for out of the blue)."""


def render_error(row: ErrorRow, context: Context, **given: Any) -> RenderedError:
    """The answer of a row. ``given`` replaces holes (``message``, ``param``, ``retry_after``)."""
    values = row_values(row, context, given)
    filled = row.body(values) if row.body else None
    if filled is None:
        body = b""
    elif isinstance(filled, str):
        body = filled.encode()
    else:
        body = dump(filled, row.indent)
    headers = [("content-type", row.content_type)] if body else []
    headers += [(name, str(fill(values))) for name, fill in row.headers.items()]
    return RenderedError(row.status, tuple(headers), body, filled)


def render_in_stream(
    row: ErrorRow, dialect: str, context: Context, **given: Any
) -> list[InStreamEvent]:
    """The events of the failure inside a stream that has begun; empty where the API has none."""
    values = row_values(row, context, given)
    return [
        InStreamEvent(form.kind, form.name, form.data(values), form.raw)
        for form in row.in_stream.get(dialect, ())
    ]


def dump(value: Any, indent: int | None) -> bytes:
    """JSON as providers write it: compact, or pretty-printed with a closing newline."""
    if indent is None:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return (json.dumps(value, ensure_ascii=False, indent=indent) + "\n").encode()


class ErrorTable:
    """The rows of one provider, found by name, the provider's word or status."""

    def __init__(self, rows: tuple[ErrorRow, ...], fallback: Callable[[int], ErrorRow]) -> None:
        self.rows = rows
        self._fallback = fallback
        self._named: dict[str, list[ErrorRow]] = {}
        for row in rows:
            self._named.setdefault(row.name, []).append(row)
        for row in rows:
            for alias in row.aliases:
                if alias not in self._named or row.dialects:
                    self._named.setdefault(alias, []).append(row)

    def find(self, name_or_status: str | int, dialect: str = "") -> ErrorRow:
        """The row of that name, alias or status; a status without a row gets the provider's plain
        envelope. Raises `KeyError` (with the known names) for an unknown name."""
        text = str(name_or_status)
        if text.isdigit():
            status = int(text)
            rows = [row for row in self.rows if row.status == status]
            return _best(rows, dialect) or self._fallback(status)
        row = _best(self._named.get(text, []), dialect)
        if row is None:
            raise KeyError(f"no error row {text!r}; known: {', '.join(self.names())}")
        return row

    def __contains__(self, name: str) -> bool:
        return name in self._named

    def names(self) -> list[str]:
        """Neutral names, in the order of the table, each once."""
        return list(dict.fromkeys(row.name for row in self.rows))


def _best(rows: list[ErrorRow], dialect: str) -> ErrorRow | None:
    exact = [row for row in rows if dialect and dialect in row.dialects]
    general = [row for row in rows if not row.dialects]
    return next(iter([*exact, *general, *rows]), None)
