"""Vices in what a client does: requests, tries, waits, limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ailib.transport import HttpRequest
from conformance.adapters.vices.vice import Vice

Settings = Mapping[str, Any]


def _set(name: str, **changes: Any) -> Callable[[Settings], Settings]:
    """Other values in one part of the settings, where the scenario sets it."""
    return lambda given: {**given, name: {**given[name], **changes}} if name in given else given


def _drop(*names: str) -> Callable[[Settings], Settings]:
    return lambda given: {key: value for key, value in given.items() if key not in names}


def _more_retries(given: Settings) -> Settings:
    retry = given.get("retry", {})
    return {**given, "retry": {**retry, "max_retries": retry.get("max_retries", 3) + 1}}


def _body(change: Callable[[Any], Any]) -> Callable[[HttpRequest, int], HttpRequest]:
    def send(request: HttpRequest, _: int) -> HttpRequest:
        return replace(request, body=json.dumps(change(json.loads(request.body))).encode())

    return send


def _second_differs(request: HttpRequest, number: int) -> HttpRequest:
    return _body(lambda body: {**body, "temperature": 1})(request, 0) if number else request


def _key(request: HttpRequest) -> str:
    named = {"authorization", "x-api-key", "x-goog-api-key"}
    return next(v for k, v in request.headers if k.lower() in named).removeprefix("Bearer ")


def _key_in_query(request: HttpRequest, _: int) -> HttpRequest:
    mark = "&" if "?" in request.url else "?"
    return replace(request, url=f"{request.url}{mark}trace={_key(request)}")


def _key_in_agent(request: HttpRequest, _: int) -> HttpRequest:
    return replace(request, headers=(*request.headers, ("x-client", _key(request))))


def _elsewhere(request: HttpRequest, _: int) -> HttpRequest:
    return replace(request, url=request.url.replace("/chat/completions", "/completions"))


def _no_system(body: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in body.items() if k not in {"system", "systemInstruction"}}
    if "messages" in kept:
        kept["messages"] = [m for m in kept["messages"] if m["role"] not in {"system", "developer"}]
    return kept


def _without(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda body: {k: v for k, v in body.items() if k not in names}


def _code(*codes: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda error: error.get("code") in codes


DOING = (
    Vice("tries-once-too-often", settings=_more_retries),
    Vice("never-tries-again", settings=lambda given: {**given, "retry": {"max_retries": 0}}),
    Vice("waits-without-growing", settings=_set("retry", max_delay=1, min_delay=1)),
    Vice("waits-for-any-hint", settings=_set("retry", max_retry_after=1e6)),
    Vice("waits-for-no-long-hint", settings=_set("retry", max_retry_after=5)),
    Vice("has-no-breaker", settings=_drop("breaker")),
    Vice("breaks-at-once", settings=_set("breaker", failure_threshold=1)),
    Vice("never-cools-down", settings=_set("breaker", cooldown=1e6)),
    Vice("does-not-cool-down", settings=_set("breaker", cooldown=0)),
    Vice("has-no-rate-limit", settings=_drop("rate_limit")),
    Vice("has-no-places", settings=_drop("max_in_flight", "queue_timeout")),
    Vice("waits-for-a-place-for-ever", settings=_drop("queue_timeout")),
    Vice("has-no-fallbacks", settings=_drop("fallbacks")),
    Vice("has-no-timeouts", settings=_drop("timeouts")),
    Vice("waits-amid-a-stream", settings=_set("timeouts", idle_bytes=None)),
    Vice("breaks-slow-streams-off", settings=_set("timeouts", idle_bytes=5)),
    Vice("has-no-total", settings=_set("timeouts", total=None)),
    Vice("takes-keep-alives-for-content", settings=_set("timeouts", idle_content=None)),
    Vice("hears-no-cancellation", deaf=True),
    Vice("cannot-be-cancelled", stubborn=True),
    Vice("sends-without-being-given-a-key", settings=_drop("key")),
    Vice("posts-elsewhere", send=_elsewhere),
    Vice("calls-again-on-quota", again=_code("E2002")),
    Vice("calls-again-on-bad-keys", again=_code("E1002")),
    Vice("calls-again-on-bad-requests", again=_code("E1001")),
    Vice("calls-again-after-a-delivered-event", again=_code("E3001")),
    Vice("puts-the-key-into-the-query", send=_key_in_query),
    Vice("puts-the-key-into-another-header", send=_key_in_agent),
    Vice("sends-another-body-the-second-time", send=_second_differs),
    Vice("drops-the-system-text", send=_body(_no_system)),
    Vice("drops-temperature", send=_body(_without("temperature", "generationConfig"))),
    Vice("drops-stop", send=_body(_without("stop", "stop_sequences", "generationConfig"))),
    Vice("drops-tools", send=_body(_without("tools"))),
    Vice("asks-for-no-usage", send=_body(_without("stream_options"))),
    Vice("streams-not", ask=lambda asked: {**asked, "stream": False}),
)
