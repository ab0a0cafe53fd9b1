"""Vices in what a client tells its caller: events, answers, errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from conformance.adapters.vices.vice import Told, Vice
from conformance.model import EventKind

Tell = Callable[[EventKind, dict[str, Any], int], Iterable[Told]]
Fields = dict[str, Any]


def _without(kind: str, unless: Callable[[Fields], bool] = lambda _: False) -> Tell:
    def tell(told: EventKind, data: Fields, _: int) -> Iterable[Told]:
        return () if told == kind and not unless(data) else ((told, data),)

    return tell


def _twice(kind: str) -> Tell:
    def tell(told: EventKind, data: Fields, _: int) -> Iterable[Told]:
        return ((told, data),) * (2 if told == kind else 1)

    return tell


def _with(kind: str, change: Callable[[Fields], Fields]) -> Tell:
    def tell(told: EventKind, data: Fields, _: int) -> Iterable[Told]:
        return ((told, change(data) if told == kind else data),)

    return tell


def _after_the_end(told: EventKind, data: Fields, _: int) -> Iterable[Told]:
    late: Told = ("metadata", {"model": "late"})
    return ((told, data), late) if told == "end" else ((told, data),)


def _thinking_as_text(told: EventKind, data: Fields, _: int) -> Iterable[Told]:
    return (("text" if told == "thinking" else told, data),)


def _field(name: str, change: Callable[[Any], Any]) -> Callable[[Fields], Fields]:
    return lambda told: {**told, name: change(told.get(name))}


def _usage(change: Callable[[Fields], Fields]) -> Callable[[Fields], Fields]:
    return lambda told: {**told, "usage": change(told["usage"]) if told.get("usage") else None}


def _tools(change: Callable[[Fields], Fields]) -> Callable[[Fields], Fields]:
    return lambda told: {**told, "tool_calls": [change(dict(t)) for t in told["tool_calls"]]}


def _zeroed(usage: Any) -> Any:
    return usage or {"input": 0, "output": 0, "total": 0}


def _coded(old: str, new: str) -> Callable[[Fields], Fields]:
    return lambda error: {**error, "code": new if error.get("code") == old else error.get("code")}


def _truncation_is_the_end(error: Fields) -> Fields:
    if error.get("class") != "TruncatedStreamError":
        return error
    return {**error, "answer": {**(error.get("partial") or {}), "finish": "end_turn"}}


def _own(*classes: str) -> Callable[[Fields], Fields]:
    """Lets other libraries' exceptions through instead of these."""

    def change(error: Fields) -> Fields:
        raw = error.get("class") in classes
        return {**error, "class": "ReadError", "wrapped": False} if raw else error

    return change


def _known(words: Mapping[str, str]) -> Callable[[Fields], Fields]:
    return lambda told: {**told, "finish": words.get(str(told.get("finish")), told.get("finish"))}


def _not_cancelled(data: Fields) -> bool:
    return data.get("finish") != "cancelled"


def _none_for_nothing(tool: Fields) -> Fields:
    return {**tool, "arguments": tool["arguments"] or None}


def _broken_retryable(error: Fields) -> Fields:
    broken = error.get("class") in {"TruncatedStreamError", "ConnectionFailedError"}
    return {**error, "retryable": True} if broken else error


def _by_words(error: Fields) -> Fields:
    quota = "quota" in str(error.get("message")).lower()
    return {**error, "code": "E2002"} if quota else error


def _json_only(error: Fields) -> Fields:
    return {**error, "code": "E9999"} if "HTML" in str(error.get("message")) else error


TELLING = (
    Vice("tells-no-end", tell=_without("end")),
    Vice("tells-the-end-twice", tell=_twice("end")),
    Vice("tells-something-after-the-end", tell=_after_the_end),
    Vice("tells-a-delta-twice", tell=_twice("text")),
    Vice("loses-the-first-delta", tell=lambda k, d, n: () if k == "text" and n == 0 else ((k, d),)),
    Vice("strips-deltas", tell=_with("text", _field("text", lambda t: t.strip()))),
    Vice("tells-reasoning-as-text", tell=_thinking_as_text),
    Vice("tells-no-reasoning", tell=_without("thinking")),
    Vice("tells-no-start-of-a-call", tell=_without("tool_start")),
    Vice("tells-no-end-of-a-call", tell=_without("tool_end")),
    Vice("loses-fragments", tell=_without("tool_args", unless=lambda d: d["text"][:1] == "{")),
    Vice("gives-all-calls-one-id", tell=_with("tool_start", _field("id", lambda _: "call"))),
    Vice("invents-stop", answer=_known({"other": "end_turn"})),
    Vice("makes-none-a-stop", answer=_known({"None": "end_turn"})),
    Vice("tells-no-end-when-cancelled", tell=_without("end", unless=_not_cancelled)),
    Vice("loses-the-text", answer=_field("text", lambda _: "")),
    Vice("writes-ascii", answer=_field("text", lambda t: t.encode("ascii", "replace").decode())),
    Vice("gives-no-arguments-as-none", answer=_tools(_none_for_nothing)),
    Vice("calls-broken-streams-retryable", error=_broken_retryable),
    Vice("judges-by-words", error=_by_words),
    Vice("knows-only-json-errors", error=_json_only),
    Vice("gives-no-advice", error=lambda e: {**e, "hint": None}),
    Vice("takes-length-for-stop", answer=_known({"max_tokens": "end_turn"})),
    Vice("takes-tools-for-stop", answer=_known({"tool_use": "end_turn"})),
    Vice("takes-refusals-for-stop", answer=_known({"refusal": "end_turn"})),
    Vice("keeps-no-word-of-the-provider", answer=_field("raw_finish", lambda _: None)),
    Vice("invents-usage", answer=_field("usage", _zeroed)),
    Vice("loses-usage", answer=_field("usage", lambda _: None)),
    Vice(
        "adds-cached-to-input",
        answer=_usage(lambda u: {**u, "input": u["input"] + (u["cached"] or 0)}),
    ),
    Vice("counts-total-wrong", answer=_usage(lambda u: {**u, "total": u["input"]})),
    Vice("loses-reasoning-tokens", answer=_usage(lambda u: {**u, "reasoning": None})),
    Vice("drops-the-last-call", answer=_field("tool_calls", lambda calls: calls[:-1])),
    Vice("repairs-cut-arguments", answer=_tools(lambda t: {**t, "complete": True})),
    Vice("gives-arguments-as-text", answer=_tools(lambda t: {**t, "arguments": t["raw"]})),
    Vice("loses-other-candidates", answer=_field("candidates", lambda all_: all_[:1])),
    Vice("takes-truncation-for-the-end", error=_truncation_is_the_end),
    Vice("keeps-nothing-of-a-failure", error=lambda e: {**e, "partial": None}),
    Vice("leaks-broken-connections", error=_own("ConnectionFailedError")),
    Vice("leaks-parse-errors", error=_own("MalformedResponseError")),
    Vice("puts-the-key-into-errors", blurts=True),
    Vice("takes-quota-for-rate", error=_coded("E2002", "E2001")),
    Vice("takes-overload-for-failure", error=_coded("E3002", "E3001")),
    Vice("takes-timeout-for-failure", error=_coded("E3003", "E3001")),
    Vice("takes-permission-for-key", error=_coded("E1003", "E1002")),
    Vice("takes-size-for-request", error=_coded("E1005", "E1001")),
    Vice("calls-everything-retryable", error=lambda e: {**e, "retryable": True}),
    Vice("calls-nothing-retryable", error=lambda e: {**e, "retryable": False}),
    Vice("keeps-no-status", error=lambda e: {**e, "status": None}),
    Vice("keeps-no-message", error=lambda e: {**e, "message": ""}),
    Vice("keeps-no-hint", error=lambda e: {**e, "retry_after": None}),
)
