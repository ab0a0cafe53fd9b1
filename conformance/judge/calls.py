"""Checks of one call: each key of a call's ``expect`` and the value of the record it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from conformance.judge.events import compact
from conformance.judge.match import ABSENT, is_matcher, matches
from conformance.model import CallRecord, Check

CANCELLED: Final = "CancelledError"


def outcome(record: CallRecord) -> str:
    """``ok``, ``error``, ``cancelled`` (its task was), or ``never returned``."""
    if record.ended is None:
        return "never returned"
    if record.error is not None and record.error.get("class") == CANCELLED:
        return "cancelled"
    return "ok" if record.error is None else "error"


def _of_response(field: str) -> Callable[[CallRecord], Any]:
    def get(record: CallRecord) -> Any:
        return record.response.get(field, ABSENT) if record.response is not None else ABSENT

    return get


def _elapsed(record: CallRecord) -> Any:
    return ABSENT if record.ended is None else record.ended - record.started


def _first_event(record: CallRecord) -> Any:
    return record.events[0].at - record.started if record.events else ABSENT


def _error(record: CallRecord) -> Any:
    return record.error if record.error is not None else ABSENT


def _partial(record: CallRecord) -> Any:
    return (record.error or {}).get("partial") or ABSENT


FOUND: Final[Mapping[str, Callable[[CallRecord], Any]]] = {
    "outcome": outcome,
    "text": _of_response("text"),
    "thinking": _of_response("thinking"),
    "tool_calls": _of_response("tool_calls"),
    "finish": _of_response("finish"),
    "raw_finish": _of_response("raw_finish"),
    "usage": _of_response("usage"),
    "model": _of_response("model"),
    "response_id": _of_response("response_id"),
    "candidates": _of_response("candidates"),
    "error": _error,
    "partial": _partial,
    "events": lambda record: compact(record.events),
    "elapsed": _elapsed,
    "first_event": _first_event,
    "stats": lambda record: record.stats if record.stats is not None else ABSENT,
}
"""The closed vocabulary of a call's expectations."""


def checks(prefix: str, expect: Mapping[str, Any], record: CallRecord) -> Iterator[Check]:
    """One check an expectation; a mapping is taken apart, so that the report names the field."""
    for key, expected in expect.items():
        yield from compare(f"{prefix}.{key}", expected, FOUND[key](record))


def compare(name: str, expected: Any, found: Any) -> Iterator[Check]:
    """The checks of one expected value."""
    if isinstance(expected, Mapping) and not is_matcher(expected) and isinstance(found, Mapping):
        for key, value in expected.items():
            yield from compare(f"{name}.{key}", value, found.get(key, ABSENT))
    else:
        yield Check(name, matches(expected, found), expected, found)
