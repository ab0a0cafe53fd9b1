"""What holds on every transcript, whatever the scenario.

A row of `ALWAYS` is a name and a function that yields one line for each breach; no line, no
breach. A scenario cannot switch one off.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from conformance.judge.events import joined
from conformance.judge.match import ABSENT
from conformance.model import SECRET, CallRecord, Case, Check, Transcript

# Headers in which the providers take a key.
SECRET_HEADERS: Final = {"authorization", "x-api-key", "api-key", "x-goog-api-key"}

Breaches = Iterator[str]


def _ends_once(case: Case, transcript: Transcript) -> Breaches:
    for number, (call, asked) in enumerate(zip(transcript.calls, case.calls, strict=False)):
        ends = [position for position, event in enumerate(call.events) if event.kind == "end"]
        if call.error is not None and ends:
            yield f"call {number}: a terminal event and an error"
        elif len(ends) > 1:
            yield f"call {number}: {len(ends)} terminal events"
        elif ends and ends[0] != len(call.events) - 1:
            yield f"call {number}: an event after the terminal one"
        elif asked.get("stream") and _final(call) is call.response and call.response and not ends:
            yield f"call {number}: the stream ended without a terminal event"


def _deltas_add_up(_: Case, transcript: Transcript) -> Breaches:
    for number, call in enumerate(transcript.calls):
        final = _final(call)
        if final is None or not call.events:
            continue
        for kind in ("text", "thinking"):
            streamed = joined(call.events, kind)
            if streamed != (final.get(kind) or ""):
                yield f"call {number}: {kind} {final.get(kind)!r}, deltas {streamed!r}"


def _fragments_add_up(_: Case, transcript: Transcript) -> Breaches:
    for number, call in enumerate(transcript.calls):
        started = [event for event in call.events if event.kind == "tool_start"]
        ids = [event.data.get("id") for event in started]
        if len(set(ids)) != len(ids):
            yield f"call {number}: two tool calls with one id"
        final = _final(call)
        if final is None or final is not call.response or not call.events:
            continue
        made = {tool["id"]: tool for tool in final.get("tool_calls", ())}
        if set(made) != set(ids):
            yield f"call {number}: tool calls {sorted(made)}, started {sorted(map(str, ids))}"
            continue
        for tool_id, tool in made.items():
            fragments = "".join(
                event.data["text"]
                for event in call.events
                if event.kind == "tool_args" and event.data.get("id") == tool_id
            )
            if tool.get("complete") and _parsed(fragments) != tool.get("arguments"):
                yield f"call {number}: {tool['name']} got {tool.get('arguments')} of {fragments!r}"


def _nothing_after_the_end(_: Case, transcript: Transcript) -> Breaches:
    for number, call in enumerate(transcript.calls):
        if call.ended is None:
            continue
        late = [event.kind for event in call.events if event.at > call.ended]
        if late:
            yield f"call {number}: {late[0]} after it had ended"
    last = max((call.ended for call in transcript.calls if call.ended is not None), default=None)
    if last is not None and all(call.ended is not None for call in transcript.calls):
        late_requests = [request.at for request in transcript.requests if request.at > last]
        if late_requests:
            yield f"a request at {late_requests[0]:g} s, the last call ended at {last:g} s"


def _returns(case: Case, transcript: Transcript) -> Breaches:
    if len(transcript.calls) != len(case.calls):
        yield f"{len(transcript.calls)} of {len(case.calls)} calls were made"
    for number, call in enumerate(transcript.calls):
        if call.ended is None:
            yield f"call {number} never returned"
        elif call.error is None and call.response is None:
            yield f"call {number} gave neither an answer nor an error"


def _own_errors(_: Case, transcript: Transcript) -> Breaches:
    for number, call in enumerate(transcript.calls):
        if call.error is not None and not call.error.get("wrapped", False):
            yield f"call {number}: {call.error.get('class')} is no error of the client's own"


def _secrets(_: Case, transcript: Transcript) -> Breaches:
    for number, request in enumerate(transcript.requests):
        for name, value in request.headers.items():
            if SECRET in value and name not in SECRET_HEADERS:
                yield f"request {number}: header {name}"
        if SECRET in request.query or SECRET in request.path:
            yield f"request {number}: the URL"
        if SECRET in json.dumps(request.body):
            yield f"request {number}: the body"
    for number, call in enumerate(transcript.calls):
        for what, said in (("error", call.error), ("answer", call.response)):
            if said is not None and SECRET in json.dumps(said):
                yield f"call {number}: the {what}"
    if any(SECRET in line for line in transcript.log):
        yield "the log"


def _script(case: Case, transcript: Transcript) -> Breaches:
    unscripted = [n for n, request in enumerate(transcript.requests) if request.reply is None]
    if unscripted:
        yield f"request {unscripted[0]} is one more than expected"
    answered = [request.reply for request in transcript.requests]
    for number, reply in enumerate(case.server):
        wanted = reply.get("repeat", 1)
        if wanted != "forever" and answered.count(number) < wanted:
            yield f"reply {number} was asked for {answered.count(number)} times, not {wanted}"


def _left_open(_: Case, transcript: Transcript) -> Breaches:
    yield from transcript.left_open


ALWAYS: Final[Mapping[str, Callable[[Case, Transcript], Breaches]]] = {
    "always.every-call-returns": _returns,
    "always.one-terminal-event": _ends_once,
    "always.deltas-add-up": _deltas_add_up,
    "always.fragments-add-up": _fragments_add_up,
    "always.nothing-after-the-end": _nothing_after_the_end,
    "always.errors-are-the-clients-own": _own_errors,
    "always.secret-only-in-its-header": _secrets,
    "always.requests-as-scripted": _script,
    "always.nothing-left-open": _left_open,
}
"""The invariants by name."""


def checks(case: Case, transcript: Transcript) -> Iterator[Check]:
    """One check an invariant; ``found`` lists the breaches."""
    for name, breaches in ALWAYS.items():
        found = list(breaches(case, transcript))
        yield Check(name, not found, "no breach", found or "no breach")


def _final(call: CallRecord) -> Mapping[str, Any] | None:
    if call.response is not None:
        return None if call.response.get("left") else call.response
    partial = (call.error or {}).get("partial")
    return partial if isinstance(partial, Mapping) else None


def _parsed(text: str) -> Any:
    try:
        # Models send raw control characters inside strings; clients read them.
        return json.loads(text, strict=False) if text.strip() else {}
    except ValueError:
        return ABSENT
