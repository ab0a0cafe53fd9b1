"""Reads what the control API is given; what is wrong is said with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import orjson
from starlette.requests import Request

from mock_providers.journal import Filter
from mock_providers.limits import Pace, Quota

_WORDS = {"true": True, "false": False, "1": True, "0": False}
_NUMBERS = {"status", "since"}


class BadInputError(ValueError):
    """What was sent cannot be used. Answered with 400."""


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request; empty for an empty body. Raises `BadInputError`."""
    raw = await request.body()
    if not raw:
        return {}
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadInputError(f"the body is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadInputError("the body must be a JSON object")
    return value


def filter_of(given: Mapping[str, Any]) -> Filter:
    """A journal filter from query or JSON. Raises `BadInputError` for unknown names."""
    known = {field.name for field in fields(Filter)}
    if unknown := set(given) - known:
        raise BadInputError(f"unknown filter {sorted(unknown)[0]!r}; known: {sorted(known)}")
    return Filter(**{name: _filter_value(name, value) for name, value in given.items()})


def _filter_value(name: str, value: Any) -> Any:
    if name == "stream":
        word = str(value).lower()
        if word not in _WORDS:
            raise BadInputError(f"stream: expected true or false, got {value!r}")
        return _WORDS[word]
    return whole(name, value) if name in _NUMBERS else str(value)


def whole(name: str, value: Any, *, least: int = 0, most: int = 1_000_000_000) -> int:
    """A whole number between ``least`` and ``most``. Raises `BadInputError`."""
    text = str(value)
    if isinstance(value, bool) or not text.isdecimal() or not least <= int(text) <= most:
        raise BadInputError(f"{name}: expected a whole number from {least}, got {value!r}")
    return int(text)


def quotas_of(given: Mapping[str, Any]) -> dict[str, Quota]:
    """Limits by bucket: ``{"requests": {"limit": 5, "window": 60}}``. Raises `BadInputError`."""
    return {name: _quota(name, value) for name, value in given.items()}


def _quota(name: str, value: Any) -> Quota:
    if not isinstance(value, dict) or set(value) - {"limit", "window"} or "limit" not in value:
        raise BadInputError(f'{name}: expected {{"limit": N, "window": SECONDS}}, got {value!r}')
    window = number(f"{name}.window", value.get("window", 60.0))
    if window <= 0:
        raise BadInputError(f"{name}.window: expected more than 0 seconds")
    return Quota(whole(f"{name}.limit", value["limit"], least=1), window)


def number(name: str, value: Any) -> float:
    """A number of 0 or more. Raises `BadInputError`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise BadInputError(f"{name}: expected a number of 0 or more, got {value!r}")
    return float(value)


def pace_of(given: Mapping[str, Any]) -> Pace:
    """A pace from JSON. Raises `BadInputError`."""
    known = {field.name for field in fields(Pace)}
    if unknown := set(given) - known:
        raise BadInputError(f"unknown {sorted(unknown)[0]!r}; known: {sorted(known)}")
    pace = Pace(**{name: number(name, value) for name, value in given.items()})
    if pace.jitter > 1:
        raise BadInputError(f"jitter: expected 0 to 1, got {pace.jitter}")
    return pace
