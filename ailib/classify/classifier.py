"""Which of the thirteen codes an error has, whether to retry, and when.

Order: code and body together → code → message pattern → the provider's status map → the
standard status map → generic code → E9999. ``code`` is asked before ``type``. A generic code
(``invalid_request_error``, ``api_error``) says no more than the status does, so any status
goes before it. An error inside a 200 takes the status its body names; where nothing tells, it is
E3001: the provider failed after it had begun.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ailib import hints
from ailib.classify.envelope import (
    MAX_MESSAGE,
    Envelope,
    is_status,
    open_envelope,
    parse_body,
    standard,
)
from ailib.errors import RemoteError, StandardErrorCode
from ailib.errors import standard_codes as codes

PLACES = {
    "code": "code_path",
    "type": "type_path",
    "message": "message_path",
    "param": "param_path",
    "request_id": "request_id_path",
    "status": "status_path",
}
_UNIT_SECONDS = {"seconds": 1.0, "milliseconds": 0.001, "minutes": 60.0}


class Rule:
    """One row of ``by_message`` or ``by_code_and_body``."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.codes = {_norm(code) for code in row.get("codes", ())}
        self.status = frozenset(row.get("status", ()))
        self.message = re.compile(row.get("message") or row.get("pattern") or "")
        self.body = re.compile(row.get("body", ""))
        self.target = codes.StandardErrorCode.from_name(row["maps_to"])

    def holds(self, status: int, words: Iterable[str], message: str, body: str) -> bool:
        """Whether everything this rule names agrees."""
        return (
            (not self.codes or any(_norm(word) in self.codes for word in words))
            and (not self.status or status in self.status)
            and self.message.search(message) is not None
            and self.body.search(body) is not None
        )


class Classifier:
    """The error table of one provider; built once, asked with every error."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        base, own = standard(), manifest.get("error_classification") or {}
        envelope = own.get("envelope") or {}
        legacy = _legacy_paths(manifest)
        self._places: dict[str, list[str]] = {
            name: [*envelope.get(name, ()), *legacy.get(name, ()), *paths]
            for name, paths in base["envelope"].items()
        }
        self._more: Sequence[str] = envelope.get("more", ())
        self._header_codes: Sequence[str] = base["headers"]["code"]
        self._request_ids: Sequence[str] = base["headers"]["request_id"]
        self._codes = _code_table(base["by_error_code"])
        self._generic = _code_table(base["generic"])
        for block in (own.get("by_error_code"), own.get("by_error_status")):
            for code, name in (block or {}).items():
                self._set_code(str(code), name)
        self._status = {
            int(status): StandardErrorCode.from_name(name)
            for status, name in (own.get("by_http_status") or {}).items()
        }
        self._with_code = [
            Rule(r) for r in (*own.get("by_code_and_body", ()), *base["by_code_and_body"])
        ]
        self._by_message = [Rule(row) for row in (*_own_messages(own), *base["by_message"])]
        self._wait = _wait_pattern(own.get("retry_after_extraction"))
        limits = manifest.get("rate_limit_headers") or {}
        self._limits = {name: text for name, text in limits.items() if isinstance(text, str)}

    def _set_code(self, code: str, name: str) -> None:
        key, target = _norm(code), StandardErrorCode.from_name(name)
        if self._generic.get(key) is not target:
            self._codes[key] = target

    def classify(
        self, status: int, headers: Mapping[str, str], body: bytes, *, now: float | None
    ) -> RemoteError:
        """The error that an HTTP answer is. ``headers`` in lower case; ``now`` in UTC seconds
        since the epoch, ``None`` leaves hints that name a moment unread."""
        return self.classify_value(parse_body(body), status, headers, now=now)

    def classify_value(
        self,
        body: Any,
        status: int,
        headers: Mapping[str, str],
        *,
        now: float | None,
        code: str | None = None,
        in_stream: bool = False,
    ) -> RemoteError:
        """The error that a parsed body or a frame is; ``code`` is what its frame named."""
        found = open_envelope(body, self._places)
        named = [code] if code else []
        named += [headers[n].partition(":")[0] for n in self._header_codes if headers.get(n)]
        words = (*named, *found.codes, *found.types)
        effective = status if status >= 400 else found.status or status
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        target = self._target(effective, words, found.message, text)
        error = RemoteError(
            self._message(found, body, status),
            status_code=status,
            code=next((w for w in words if not is_status(w)), next(iter(words), None)),
            type=next(iter(found.types), None),
            param=found.param,
            request_id=self._request_id(headers, found),
            body=body,
            headers=headers,
            in_stream=in_stream,
            standard_code=target,
            retry_after=self._retry_after(headers, found, now),
        )
        _obey(error)
        return error

    def _target(
        self, status: int, words: Sequence[str], message: str, text: str
    ) -> StandardErrorCode:
        for rule in self._with_code:
            if rule.holds(status, words, message, text):
                return rule.target
        for word in words:
            if (specific := _look_up(self._codes, word)) is not None:
                return specific
        for rule in self._by_message:
            if rule.holds(status, words, message, text):
                return rule.target
        if status >= 400:
            return self._status.get(status) or StandardErrorCode.from_http_status(status)
        for word in words:
            if (generic := _look_up(self._generic, word)) is not None:
                return generic
        return codes.E3001 if status < 300 else codes.E9999

    def _message(self, found: Envelope, body: Any, status: int) -> str:
        text = found.message or f"HTTP status {status} without a message"
        if isinstance(body, str) and body.lstrip()[:1] == "<":
            text = f"HTTP status {status} with an HTML page"
        more = open_envelope(body, {**self._places, "message": self._more}).message
        more = more if self._more and isinstance(body, dict) else ""
        return f"{text}: {more}"[:MAX_MESSAGE] if more and more not in text else text

    def _request_id(self, headers: Mapping[str, str], found: Envelope) -> str | None:
        return next((headers[n] for n in self._request_ids if headers.get(n)), found.request_id)

    def _retry_after(
        self, headers: Mapping[str, str], found: Envelope, now: float | None
    ) -> float | None:
        moment = 0.0 if now is None else now
        name = self._limits.get("retry_after", "retry-after").lower()
        if (wait := hints.retry_after(headers, moment, name)) is not None:
            return wait
        for text in found.retry_after:
            if (wait := hints.wait_seconds(text, moment)) is not None:
                return wait
        if self._wait is not None:
            pattern, unit = self._wait
            if (match := pattern.search(found.message)) is not None:
                text = match.group(match.lastindex or 0)
                wait = hints.wait_seconds(text, moment)
                return None if wait is None else wait * (unit if _is_number(text) else 1.0)
        return hints.exhausted_for(headers, moment, self._limits)


def _obey(error: RemoteError) -> None:
    """The provider's own word on retrying beats the code's; a used-up quota is never retried.
    What a manifest's retry policy says is the business of `ailib.resilience`."""
    said = error.headers.get("x-should-retry", "").lower()
    if said == "false" or (said == "true" and error.standard_code is not codes.E2002):
        error.retryable = said == "true"


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", text.strip()) is not None


def _norm(code: str) -> str:
    return re.sub(r"[^a-z0-9.]", "", code.lower())


def _code_table(names: Mapping[str, Sequence[str]]) -> dict[str, StandardErrorCode]:
    return {
        _norm(code): StandardErrorCode.from_name(name)
        for name, listed in names.items()
        for code in listed
    }


def _look_up(table: Mapping[str, StandardErrorCode], word: str) -> StandardErrorCode | None:
    key = _norm(word)
    while key:
        if key in table:
            return table[key]
        key = key.rpartition(".")[0]
    return None


def _own_messages(own: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """``by_message`` rows, and the public ``by_message_contains`` (text: class)."""
    contains = own.get("by_message_contains") or {}
    rows: list[Mapping[str, Any]] = [
        {"message": f"(?i){re.escape(text)}", "maps_to": name} for text, name in contains.items()
    ]
    return [*(own.get("by_message") or ()), *(own.get("by_error_message") or ()), *rows]


def _wait_pattern(block: Mapping[str, Any] | None) -> tuple[re.Pattern[str], float] | None:
    if not block:
        return None
    return re.compile(block["pattern"]), _UNIT_SECONDS.get(block.get("unit", "seconds"), 1.0)


def _legacy_paths(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """The public V1 ``features.response_mapping.error`` block."""
    features = manifest.get("features") or {}
    mapping = features.get("response_mapping") if isinstance(features, Mapping) else None
    block = (mapping or {}).get("error") or {}
    return {name: [block[key]] for name, key in PLACES.items() if block.get(key)}
