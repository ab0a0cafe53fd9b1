"""Checks over all calls of a case: what the server saw, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from conformance.judge.calls import compare
from conformance.judge.match import ABSENT
from conformance.model import Check, RequestRecord, Transcript


def pointed(value: Any, pointer: str) -> Any:
    """The value a JSON pointer names, or `ABSENT`."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list | tuple) and key.lstrip("-").isdigit():
            position = int(key)
            if not -len(value) <= position < len(value):
                return ABSENT
            value = value[position]
        else:
            return ABSENT
    return value


def _requests(expected: Any, transcript: Transcript) -> Iterator[Check]:
    yield from compare("requests", expected, len(transcript.requests))


def _request(expected: Any, transcript: Transcript) -> Iterator[Check]:
    for wanted in expected:
        number = wanted["n"]
        name = f"request[{number}]"
        if number >= len(transcript.requests):
            yield Check(name, passed=False, expected="a request", found=ABSENT)
            continue
        yield from _one_request(name, wanted, transcript.requests[number])


def _one_request(name: str, wanted: Mapping[str, Any], seen: RequestRecord) -> Iterator[Check]:
    for key, value in wanted.items():
        if key == "body":
            for pointer, item in value.items():
                yield from compare(f"{name}.body{pointer}", item, pointed(seen.body, pointer))
        elif key == "headers":
            for header, item in value.items():
                found = seen.headers.get(header, ABSENT)
                yield from compare(f"{name}.headers.{header}", item, found)
        elif key != "n":
            yield from compare(f"{name}.{key}", value, getattr(seen, key))


def _delays(expected: Any, transcript: Transcript) -> Iterator[Check]:
    gaps = [later.at - earlier.at for earlier, later in pairwise(transcript.requests)]
    yield from compare("delays", expected, [round(gap, 6) for gap in gaps])


def _hinted_delays(expected: Any, transcript: Transcript) -> Iterator[Check]:
    for check in _delays(expected, transcript):
        yield replace(check, id=f"hinted_{check.id}")


def _arrivals(expected: Any, transcript: Transcript) -> Iterator[Check]:
    times = [round(request.at, 6) for request in transcript.requests]
    yield from compare("arrivals", expected, times)


def _elapsed(expected: Any, transcript: Transcript) -> Iterator[Check]:
    ends = [call.ended for call in transcript.calls if call.ended is not None]
    yield from compare("elapsed", expected, max(ends, default=ABSENT))


def _connections(expected: Any, transcript: Transcript) -> Iterator[Check]:
    opened = sum(record.what == "opened" for record in transcript.wire)
    yield from compare("connections", expected, opened)


def _dropped(expected: Any, transcript: Transcript) -> Iterator[Check]:
    times = [round(record.at, 6) for record in transcript.wire if record.what == "dropped"]
    yield from compare("dropped", expected, times)


def _same_requests(expected: Any, transcript: Transcript) -> Iterator[Check]:
    sent = [(r.method, r.path, r.query, r.body) for r in transcript.requests]
    same = len(sent) > 1 and all(each == sent[0] for each in sent)
    yield from compare("same_requests", expected, same)


KEYS: Final[Mapping[str, Callable[[Any, Transcript], Iterator[Check]]]] = {
    "requests": _requests,
    "request": _request,
    "delays": _delays,
    "hinted_delays": _hinted_delays,
    "arrivals": _arrivals,
    "elapsed": _elapsed,
    "connections": _connections,
    "dropped": _dropped,
    "same_requests": _same_requests,
}
"""The closed vocabulary of a case's own expectations."""


def checks(expect: Mapping[str, Any], transcript: Transcript) -> Iterator[Check]:
    """The checks of ``expect``."""
    for key, expected in expect.items():
        yield from KEYS[key](expected, transcript)
