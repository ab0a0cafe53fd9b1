"""Standard parameters to a dialect's names, places and values.

``parameters`` of a manifest maps a standard name to a dotted path, or to null (the provider
does not know it: left out), or to

    to: generationConfig.stopSequences   the path (default: the name)
    as: list | <template of $value>      how the value is written
    map: {high: 1.0}                     value → value; null leaves it out
    default: 4096                        sent where the caller gives none
    min, max, range, enum                checked before anything is sent
    needs: tools                         left out where the body has no such key
    unless: temperature                  left out where the body has this key
    with: {tool_choice.type: auto}       set beside it where absent

``"*"`` gives the path prefix of names the table does not list (default: the body itself). The
public ``parameters`` block (``{type, range, default, alias}``) is read the same way. What is left
out is logged as a warning, by its name alone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ailib.encode.bodies import look, put
from ailib.encode.templates import MISSING, Template, compile_template
from ailib.errors import ValidationError

_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())  # silent unless the application wants to hear


@dataclass(frozen=True, slots=True)
class Row:
    """How one parameter is sent."""

    path: str
    template: Template | None = None
    listed: bool = False
    values: Mapping[Any, Any] = field(default_factory=dict)
    default: Any = None
    low: float | None = None
    high: float | None = None
    allowed: tuple[Any, ...] = ()
    needs: str | None = None
    unless: str | None = None
    beside: Mapping[str, Any] = field(default_factory=dict)


class Parameters:
    """The compiled table; ``public`` is the top-level block of the same name."""

    def __init__(self, table: Mapping[str, Any], public: Mapping[str, Any]) -> None:
        self._rows: dict[str, Row | None] = {}
        for name, spec in public.items():
            standard = spec.get("alias", name)
            self._rows[standard] = _row(spec.get("to", name), spec)
        for name, spec in table.items():
            if name != "*":
                self._rows[name] = self._own(name, spec, public)
        self._rest: str = table.get("*") or ""

    def _own(self, name: str, spec: Any, public: Mapping[str, Any]) -> Row | None:
        limits: Mapping[str, Any] = next(
            (p for n, p in public.items() if p.get("alias", n) == name), {}
        )
        if spec is None:
            return None
        if isinstance(spec, str):
            return _row(spec, limits)
        return _row(spec.get("to", name), {**limits, **spec})

    def write(self, params: Mapping[str, Any], body: dict[str, Any]) -> None:
        """Puts ``params`` into ``body``. Raises `ValidationError` for a value out of range."""
        for name, row in self._rows.items():
            value = params.get(name)
            if row is None:
                if value is not None:
                    _log.warning("parameter %s is left out: this model does not take it", name)
                continue
            if value is None:
                value = row.default
            if value is not None:
                _write(name, row, value, body)
        for name, value in params.items():
            if name not in self._rows and value is not None:
                put(body, f"{self._rest}.{name}" if self._rest else name, value)


def _write(name: str, row: Row, value: Any, body: dict[str, Any]) -> None:
    _check(name, row, value)
    if row.needs and look(body, row.needs) is None:
        return
    if row.unless and look(body, row.unless) is not None:
        _log.warning("parameter %s is left out beside %s", name, row.unless)
        return
    if isinstance(value, str | int | bool) and value in row.values:
        value = row.values[value]
        if value is None:
            return
    if row.listed and not isinstance(value, list | tuple):
        value = [value]
    if row.template is not None:
        value = row.template({"value": value})
        if value is MISSING:
            return
    for path, other in row.beside.items():
        if look(body, path) is None:
            put(body, path, other)
    put(body, row.path, list(value) if isinstance(value, tuple) else value)


def _check(name: str, row: Row, value: Any) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    low = number and row.low is not None and value < row.low
    high = number and row.high is not None and value > row.high
    if low or high:
        raise ValidationError(
            f"{name} is {value!r}, beyond what the provider takes",
            hint=f"from {row.low} to {row.high}",
        )
    if row.allowed and isinstance(value, str) and value not in row.allowed:
        choices = ", ".join(map(str, row.allowed))
        raise ValidationError(f"{name} is {value!r}", hint=f"one of {choices}")


def _row(path: str, spec: Mapping[str, Any]) -> Row:
    low, high = (*spec["range"],) if spec.get("range") else (spec.get("min"), spec.get("max"))
    form = spec.get("as")
    return Row(
        path=path,
        template=None if form in (None, "list") else compile_template(form),
        listed=form == "list",
        values=spec.get("map") or {},
        default=spec.get("default"),
        low=low,
        high=high,
        allowed=tuple(spec.get("enum") or ()),
        needs=spec.get("needs"),
        unless=spec.get("unless"),
        beside=spec.get("with") or {},
    )
