"""Rules that a schema of the body cannot state: headers, the query, parameters of some models.

A rule refuses when all its conditions hold. Conditions: ``missing_header``, ``missing_query``
(a name), ``header`` (a name) with ``form`` or ``not_form`` (regular expressions for its value),
``models`` (patterns), ``operations``, ``dialects``, ``field`` (a path into the body that is there
and not null), ``except`` (values of the field that are fine).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from mock_providers.dialects.base import Inbound
from mock_providers.profiles.model import Route
from mock_providers.profiles.template import compile_template

Values = dict[str, Any]
Condition = Callable[[Route, Inbound, Values], bool]
Rule = Callable[[Route, Inbound], tuple[str, Values] | None]


def compile_rule(raw: Mapping[str, Any]) -> Rule:
    """A function that gives the error row and its values where the rule refuses."""
    conditions = list(_conditions(raw))
    error = raw["error"]
    said = {name: compile_template(text) for name, text in raw.get("values", {}).items()}

    def refuse(route: Route, request: Inbound) -> tuple[str, Values] | None:
        values: Values = {"value": ""}
        if all(condition(route, request, values) for condition in conditions):
            return error, values | {name: fill(values) for name, fill in said.items()}
        return None

    return refuse


def _conditions(raw: Mapping[str, Any]) -> Iterator[Condition]:
    """The conditions of a rule, those that mostly fail and cost little first."""
    if operations := raw.get("operations"):
        yield lambda route, _request, _values: route.operation in operations
    if dialects := raw.get("dialects"):
        yield lambda route, _request, _values: route.dialect in dialects
    if path := raw.get("field"):
        yield _field(tuple(path.split(".")), tuple(raw.get("except", ())))
    if name := raw.get("missing_header"):
        yield lambda _route, request, _values: not request.headers.get(name.lower())
    if parameter := raw.get("missing_query"):
        yield lambda _route, request, _values: not request.query.get(parameter)
    if header := raw.get("header"):
        yield _header(header.lower(), raw.get("form"), raw.get("not_form"))

    if patterns := raw.get("models"):
        yield lambda _route, request, values: _is_model(request, tuple(patterns), values)


def _header(name: str, form: str | None, not_form: str | None) -> Condition:
    wanted = re.compile(form) if form else None
    unwanted = re.compile(not_form) if not_form else None

    def holds(_route: Route, request: Inbound, values: Values) -> bool:
        given = request.headers.get(name)
        if not given:
            return False
        values["value"] = given
        if wanted is not None and not wanted.fullmatch(given):
            return False
        return unwanted is None or not unwanted.fullmatch(given)

    return holds


def _is_model(request: Inbound, patterns: tuple[str, ...], values: Values) -> bool:
    body = request.json
    model = request.params.get("model") or (body.get("model") if isinstance(body, dict) else "")
    values["model"] = model
    return isinstance(model, str) and any(fnmatchcase(model, pattern) for pattern in patterns)


def _field(path: tuple[str, ...], fine: tuple[Any, ...]) -> Condition:
    def holds(_route: Route, request: Inbound, values: Values) -> bool:
        value = request.json
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        values |= {"value": value, "param": ".".join(path)}
        return value is not None and value not in fine

    return holds
