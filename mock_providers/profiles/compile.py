"""From the YAML of a profile to the values the server works with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from mock_providers.profiles.errors import ErrorRow, ErrorTable, InStreamForm
from mock_providers.profiles.ids import IdMaker, compile_id
from mock_providers.profiles.model import (
    Auth,
    AuthScheme,
    Bucket,
    DialectFacts,
    Environment,
    Limits,
    Models,
    Profile,
    Route,
    Violation,
)
from mock_providers.profiles.template import Template, compile_template

REQUIRED_ROWS = ("not_found", "method_not_allowed", "invalid_request", "server_error")
"""Rows without which the server cannot refuse a request in the provider's shape."""

_HOLE = re.compile(r"\{(\w+)(\+)?(?:=([^}]+))?\}")


def compile_profile(raw: Mapping[str, Any]) -> Profile:
    """The compiled profile. Raises `ValueError` for rows that are missing or named but unknown."""
    ids = {name: compile_id(form) for name, form in raw.get("ids", {}).items()}
    table = _table(raw, ids)
    profile = Profile(
        name=raw["name"],
        title=raw.get("title", raw["name"]),
        documentation=raw.get("documentation", ""),
        base_path=raw.get("base_path", ""),
        example_key=raw.get("example_key", "mock-key"),
        routes=tuple(_route(route, raw.get("path_prefix", "")) for route in raw.get("routes", [])),
        auth=_auth(raw.get("auth", {})),
        models=Models(
            tuple(raw.get("models", {}).get("known", ())),
            tuple(raw.get("models", {}).get("patterns", ())),
        ),
        table=table,
        limits=_limits(raw.get("limits", {})),
        aliases=tuple(raw.get("aliases", ())),
        environment=_environment(raw.get("environment", {})),
        dialects={
            name: DialectFacts(facts.get("finish_reasons", {}), facts.get("quirks", {}))
            for name, facts in raw.get("dialects", {}).items()
        },
        ids=ids,
        headers=_templates(raw.get("headers", {})),
        error_headers=_templates(raw.get("error_headers", {})),
        requests=raw.get("requests", {}),
        rules=tuple(raw.get("rules", ())),
        violations={
            kind: Violation(
                entry.get("error", "invalid_request"), _templates(entry.get("values", {}))
            )
            for kind, entry in raw.get("violations", {}).items()
        },
        path_style=raw.get("path_style", "brackets"),
        evidence=raw.get("evidence", {}),
    )
    _check(profile)
    return profile


def _check(profile: Profile) -> None:
    named = [*REQUIRED_ROWS, *profile.limits.refusals.values()]
    named += [violation.error for violation in profile.violations.values()]
    named += [rule["error"] for rule in profile.rules]
    if profile.auth.schemes:
        named += [profile.auth.missing, profile.auth.malformed, profile.auth.invalid]
    for name in named:
        profile.error(name)


def _templates(texts: Mapping[str, Any]) -> dict[str, Template]:
    return {name: compile_template(text) for name, text in texts.items()}


def _route(raw: Mapping[str, Any], prefix: str) -> Route:
    return Route(
        method=raw.get("method", "POST"),
        path=prefix + raw["path"],
        operation=raw["operation"],
        dialect=raw["dialect"],
        pattern=_pattern(prefix + raw["path"]),
        stream=raw.get("stream"),
        auth=raw.get("auth", True),
    )


def _pattern(path: str) -> re.Pattern[str] | None:
    """``{model}`` is one segment (up to a colon), ``{model+}`` several, ``{v=a|b}`` these words."""
    if "{" not in path:
        return None
    expression, position = "", 0
    for hole in _HOLE.finditer(path):
        expression += re.escape(path[position : hole.start()])
        inner = hole[3] or (r".+?" if hole[2] else r"[^/:]+")
        expression += f"(?P<{hole[1]}>{inner})"
        position = hole.end()
    return re.compile(expression + re.escape(path[position:]))


def _auth(raw: Mapping[str, Any]) -> Auth:
    schemes = tuple(
        AuthScheme(
            scheme["in"],
            scheme["name"].lower() if scheme["in"] == "header" else scheme["name"],
            scheme.get("prefix", ""),
            re.compile(scheme.get("form", r"[!-~]+")),
        )
        for scheme in raw.get("schemes", [])
    )
    names = {key: raw[key] for key in ("missing", "malformed", "invalid") if key in raw}
    return Auth(schemes, **names)


def _limits(raw: Mapping[str, Any]) -> Limits:
    return Limits(
        tuple(Bucket(n, b["limit"], b["window"]) for n, b in raw.get("buckets", {}).items()),
        raw.get("headers", {}),
        raw.get("reset", "seconds"),
        raw.get("refusals", {}),
    )


def _environment(raw: Mapping[str, Any]) -> Environment:
    return Environment(
        tuple(raw.get("key", ())), tuple(raw.get("base_url", ())), raw.get("other", {})
    )


def _table(raw: Mapping[str, Any], ids: Mapping[str, IdMaker]) -> ErrorTable:
    formats = raw.get("error_formats", {})
    shared = raw.get("error_headers", {})

    def row(entry: Mapping[str, Any]) -> ErrorRow:
        name = entry.get("format", "default")
        if name not in formats and "body" not in entry:
            raise ValueError(f"error row {entry['name']!r} names no known format: {name!r}")
        form = formats.get(name, {})
        body = entry.get("body", form.get("body"))
        in_stream = entry.get("in_stream", form.get("in_stream", {}))
        values = entry.get("values", {})
        return ErrorRow(
            name=entry["name"],
            status=entry["status"],
            evidence=entry["evidence"],
            source=entry["source"],
            aliases=_words(entry),
            dialects=tuple(entry.get("dialects", ())),
            values=_templates(values),
            body=None if body is None else compile_template(body),
            content_type=entry.get("content_type", form.get("content_type", "application/json")),
            stream_content_type=form.get("stream_content_type"),
            indent=form.get("indent"),
            headers=_templates({**shared, **entry.get("headers", {})}),
            limit_headers=entry.get("limit_headers", entry["status"] == 429),
            in_stream={dialect: _in_stream(events) for dialect, events in in_stream.items()},
            ids=ids,
        )

    def fallback(status: int) -> ErrorRow:
        words = HTTPStatus(status).phrase if status in _STATUSES else "Unknown Error"
        return row({
            "name": f"status_{status}", "status": status, "evidence": "inferred",
            "source": "the provider's envelope around a status it has no row for",
            "values": {**raw.get("fallback_values", {}), "message": words},
        })  # fmt: skip

    return ErrorTable(tuple(row(entry) for entry in raw.get("errors", [])), fallback)


_STATUSES = frozenset(status.value for status in HTTPStatus)


def _words(entry: Mapping[str, Any]) -> tuple[str, ...]:
    values = entry.get("values", {})
    own = [values[key] for key in ("code", "type", "status_word") if _plain(values.get(key))]
    return tuple(dict.fromkeys([*entry.get("aliases", ()), *own]))


def _plain(value: Any) -> bool:
    return isinstance(value, str) and "{" not in value


def _in_stream(events: list[Mapping[str, Any]]) -> tuple[InStreamForm, ...]:
    return tuple(
        InStreamForm(
            event.get("kind", "error"),
            event.get("name"),
            compile_template(event["data"]),
            event.get("raw", False),
        )
        for event in events
    )
