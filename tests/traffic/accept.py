"""When a reading counts as right: the acceptance rules of the recorded traffic, as a function."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Our finish reasons in the words of the expected readings.
CLASSES: Mapping[str | None, tuple[str, ...]] = {
    "end_turn": ("stop", "end_turn"),
    "stop_sequence": ("stop", "stop_sequence"),
    "max_tokens": ("length", "max_tokens"),
    "tool_use": ("tool_calls", "tool_use"),
    "refusal": ("content_filter", "refusal"),
    "pause_turn": ("suspended", "pause_turn"),
    "other": ("other", "unknown", "error"),
}

THINK = re.compile(r"\s*<think>(.*?)</think>", re.DOTALL)


@dataclass(frozen=True)
class Error:
    """What was raised: ``codes`` are all words of the provider that are visible on it."""

    status: int | None
    codes: tuple[str, ...]
    message: str
    kind: str


@dataclass(frozen=True)
class Reading:
    """What a client reported; ``crash`` is an exception that is none of the client's own."""

    text: str = ""
    reasoning: str = ""
    tool_calls: Sequence[tuple[str, str]] = ()
    finish: str | None = None
    raw_finish: str | None = None
    usage: tuple[int | None, int | None] | None = None
    error: Error | None = None
    crash: str | None = None
    events: Sequence[Any] = field(default=(), compare=False)


def misses(expected: Mapping[str, Any] | None, reading: Reading) -> list[str]:
    """Everything that is wrong with ``reading``, a line each; none where it is right.

    Without an expected reading only a crash is wrong.
    """
    if reading.crash is not None:
        return [f"crash: {reading.crash}"]
    if expected is None:
        return []
    if expected["error"] is not None:
        return list(_error(expected["error"], reading.error))
    if reading.error is not None:
        return [f"raised {reading.error.kind}: {reading.error.message[:200]}"]
    return [
        *_text(expected, reading),
        *_tools(expected["tool_calls"], reading.tool_calls),
        *_finish(expected, reading),
        *_usage(expected, reading.usage),
    ]


def _error(expected: Mapping[str, Any], error: Error | None) -> Iterator[str]:
    if error is None:
        yield f"nothing raised, expected {expected}"
        return
    if error.status not in _statuses(expected):
        yield f"error status {error.status}, expected {expected['status']}"
    if expected["code"] is not None and str(expected["code"]) not in error.codes:
        yield f"error code {expected['code']!r} is not among {error.codes}"
    if expected["message"] and expected["message"] not in error.message:
        yield f"error message {error.message!r} lacks {expected['message']!r}"


def _statuses(expected: Mapping[str, Any]) -> set[int]:
    """A bad key answered with 400 may also be reported as 401."""
    bad_key = expected["status"] == 400 and "key" in (expected["message"] or "").lower()
    return {expected["status"], 401} if bad_key else {expected["status"]}


def _text(expected: Mapping[str, Any], reading: Reading) -> Iterator[str]:
    joined = expected["text_parts"] > 1
    texts = [expected["text"], *expected["text_alt"]]
    reasonings = [expected["reasoning"], *expected["reasoning_alt"]]
    thought = THINK.match(expected["text"])
    if thought:
        texts.append(expected["text"][thought.end() :].lstrip())
        reasonings.append(thought.group(1))
    if not any(_same(reading.text, text, joined) for text in texts):
        yield f"text {reading.text!r}, expected {texts}"
    if not any(_same(reading.reasoning, text, loose=True) for text in reasonings):
        yield f"reasoning {reading.reasoning!r}, expected {reasonings}"


def _same(ours: str, theirs: str, loose: bool) -> bool:
    return ours == theirs or (loose and "".join(ours.split()) == "".join(theirs.split()))


def _tools(
    expected: Sequence[Mapping[str, Any]], calls: Sequence[tuple[str, str]]
) -> Iterator[str]:
    wanted = [(call["name"], _arguments(call["arguments"])) for call in expected]
    found = [(name, _arguments(arguments)) for name, arguments in calls]
    if found != wanted:
        yield f"tool calls {found}, expected {wanted}"


def _arguments(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else {}
        except ValueError:
            return value
    return {} if value is None else value


def _finish(expected: Mapping[str, Any], reading: Reading) -> Iterator[str]:
    """The raw or the normalised value is accepted, and the normalised one never contradicts."""
    accepted = set(expected["finish_accept"])
    if not accepted:
        if (reading.finish, reading.raw_finish) != (None, None):
            yield f"finish {reading.raw_finish!r} ({reading.finish!r}), expected none"
        return
    means = accepted & {*CLASSES.get(reading.finish, ())}
    if not means and not (reading.finish == "other" and reading.raw_finish in accepted):
        yield (
            f"finish {reading.finish!r}, raw {reading.raw_finish!r}, "
            f"expected one of {sorted(accepted)}"
        )


def _usage(
    expected: Mapping[str, Any], usage: tuple[int | None, int | None] | None
) -> Iterator[str]:
    accepted = expected["usage_accept"]
    ours = usage or (None, None)
    for name, value in zip(("input", "output"), ours, strict=True):
        if value not in (accepted[name] or [None]):
            yield f"{name} tokens {value}, expected one of {accepted[name]}"
