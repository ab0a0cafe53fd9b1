"""The values that travel between plan, worker, judge and report. Frozen, JSON at every edge.

A scenario file expands to `Case`s, one a permutation of its axes. A worker plays a case and
hands back a `Transcript`; it is given the case without its expectations. The judge makes
`Check`s of the two, and a `Result` holds all of it. Times are seconds of the loop's clock,
virtual where the loop is; the case starts at 0.

Nested data of open shape (a request body, a call's parameters) stays plain JSON: mappings,
sequences, scalars, as the schemas in ``schemas/`` describe it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

Status = Literal["pass", "fail", "error", "not_run", "not_applicable"]
"""What became of a case; ``error`` is the harness's or the adapter's fault, never a verdict."""

STATUSES: tuple[Status, ...] = get_args(Status)

EventKind = Literal[
    "text", "thinking", "tool_start", "tool_args", "tool_end", "metadata", "candidate", "end"
]
"""What a client may hand over while an answer arrives; an adapter translates into these."""

EVENT_KINDS: tuple[EventKind, ...] = get_args(EventKind)

SECRET = "{{secret}}"
"""Stands in transcripts wherever a credential of the case was found."""


@dataclass(frozen=True, slots=True)
class Case:
    """One permutation of a scenario.

    ``axes`` are the chosen values by axis, ``client`` the settings of the client under test,
    ``calls`` what is asked of it in order, ``server`` the replies to its requests in order of
    arrival, ``expect`` what must hold over all calls. ``scope`` is ``ailib`` where the
    expectations use names only that library has.
    """

    id: str
    title: str
    axes: Mapping[str, str] = field(default_factory=dict)
    clauses: tuple[str, ...] = ()
    scope: str = "universal"
    needs: tuple[str, ...] = ()
    client: Mapping[str, Any] = field(default_factory=dict)
    calls: tuple[Mapping[str, Any], ...] = ()
    server: tuple[Mapping[str, Any], ...] = ()
    expect: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    file: str = ""

    @property
    def name(self) -> str:
        """The id with its axes: ``stream.text[dialect=openai,chunking=bytes]``."""
        if not self.axes:
            return self.id
        return f"{self.id}[{','.join(f'{axis}={value}' for axis, value in self.axes.items())}]"

    @property
    def providers(self) -> list[str]:
        """The providers the case may speak to, in order of their first naming."""
        models = [call["model"] for call in self.calls] + list(self.client.get("fallbacks", ()))
        return list(dict.fromkeys(model.partition("/")[0] for model in models))

    def blind(self) -> Case:
        """The case without anything that tells what is expected of the client."""
        calls = tuple({k: v for k, v in call.items() if k != "expect"} for call in self.calls)
        return replace(self, calls=calls, expect={}, title="", clauses=())

    def within(self, words: frozenset[str] | None) -> Case:
        """The case with the expectations that these words can speak of: ``text``, and
        ``error.code`` for a field of one. ``None``: all of them."""
        if words is None:
            return self
        calls = tuple({**c, "expect": _within(c.get("expect", {}), words)} for c in self.calls)
        return replace(self, calls=calls, expect=_within(self.expect, words))

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Case:
        """The case `to_json` wrote."""
        return Case(**_tupled(data, "clauses", "needs", "calls", "server"))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Event:
    """Something the client handed over: when, what kind, with which fields."""

    at: float
    kind: EventKind
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call as the client's user saw it.

    ``response`` is the whole answer (``text``, ``thinking``, ``tool_calls``, ``finish``,
    ``raw_finish``, ``usage`` …) where the call returned one, ``error`` what it raised: ``code``,
    ``type``, ``retryable``, ``retry_after``, ``message``, ``class``, ``wrapped`` (an error of the
    client's own tree), ``partial``. ``ended`` is ``None`` where the call never returned.
    """

    started: float = 0.0
    ended: float | None = None
    events: tuple[Event, ...] = ()
    response: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    stats: Mapping[str, Any] | None = None

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> CallRecord:
        """The record of a transcript line."""
        return CallRecord(**{**data, "events": tuple(Event(**e) for e in data["events"])})


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A request as the server saw it; header names in lower case, secrets replaced.

    ``reply`` is the number of the scripted reply it got, ``None`` where none was left.
    """

    at: float
    connection: int
    provider: str
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    reply: int | None = None


@dataclass(frozen=True, slots=True)
class WireRecord:
    """Something on a connection: ``opened``, ``sent`` (``data``, in ``writes`` writes at one
    moment), ``closed`` by the server, ``dropped`` by the client. ``data`` is text, each byte one
    character (Latin-1), so that any bytes survive."""

    at: float
    connection: int
    what: Literal["opened", "sent", "closed", "dropped"]
    data: str = ""
    writes: int = 0


@dataclass(frozen=True, slots=True)
class Transcript:
    """All that was seen while a case was played. ``left_open`` names sockets, tasks and
    warnings that outlived the client; ``trouble`` what went wrong in harness or adapter."""

    case: str
    client: str
    calls: tuple[CallRecord, ...] = ()
    requests: tuple[RequestRecord, ...] = ()
    wire: tuple[WireRecord, ...] = ()
    left_open: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    trouble: str | None = None
    virtual: bool = True

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Transcript:
        """The transcript `to_json` wrote."""
        return Transcript(
            **{
                **_tupled(data, "left_open", "log"),
                "calls": tuple(CallRecord.from_json(call) for call in data["calls"]),
                "requests": tuple(RequestRecord(**request) for request in data["requests"]),
                "wire": tuple(WireRecord(**record) for record in data["wire"]),
            }
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: ``id`` as in the expectation's vocabulary (``calls[0].error.code``)."""

    id: str
    passed: bool
    expected: Any = None
    found: Any = None


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on one case by one client."""

    case: Case
    client: str
    status: Status
    checks: tuple[Check, ...] = ()
    transcript: Transcript | None = None
    reason: str = ""

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that did not hold."""
        return tuple(check for check in self.checks if not check.passed)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Result:
        """The result `to_json` wrote."""
        transcript = data.get("transcript")
        return Result(
            case=Case.from_json(data["case"]),
            client=data["client"],
            status=data["status"],
            checks=tuple(Check(**check) for check in data["checks"]),
            transcript=Transcript.from_json(transcript) if transcript else None,
            reason=data.get("reason", ""),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def count(results: Iterable[Result]) -> dict[Status, int]:
    """How many results have each status; all statuses are named."""
    counts: dict[Status, int] = dict.fromkeys(STATUSES, 0)
    for result in results:
        counts[result.status] += 1
    return counts


def _within(expect: Mapping[str, Any], words: frozenset[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in expect.items():
        fields = {word.partition(".")[2] for word in words if word.startswith(f"{key}.")}
        if key in words:
            kept[key] = value
        elif fields and isinstance(value, Mapping):
            kept[key] = {name: item for name, item in value.items() if name in fields}
        elif fields and isinstance(value, list):
            kept[key] = [{n: i for n, i in item.items() if n in fields} for item in value]
    return kept


def _tupled(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    changed: dict[str, Sequence[Any]] = {name: tuple(data[name]) for name in names if name in data}
    return {**data, **changed}
