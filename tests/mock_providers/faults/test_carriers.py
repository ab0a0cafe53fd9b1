"""Carriers: where a request's faults are found, and that nothing of them is left."""

from __future__ import annotations

import json

import pytest

from mock_providers.dialects.base import Inbound
from mock_providers.faults import Attempts, FaultSyntaxError, Wishes, clean_path, find, resolve
from mock_providers.faults import parse as plan_of

FAULT = "429;retry_after=2,ok"
KEY = "sk-ant-mock-0123456789abcdef"


def inbound(**fields) -> Inbound:
    if "json" in fields:
        fields.setdefault("body", json.dumps(fields["json"]).encode())
    return Inbound("POST", "/v1/messages", **fields)


@pytest.mark.parametrize(
    ("request_with", "clean"),
    [
        ({"headers": {"x-mock-fault": FAULT, "host": "h"}}, {"headers": {"host": "h"}}),
        (
            {"headers": {"authorization": f"Bearer sk-mock-{FAULT}"}},
            {"headers": {"authorization": f"Bearer {KEY}"}},
        ),
        ({"headers": {"x-api-key": f"sk-mock-{FAULT}"}}, {"headers": {"x-api-key": KEY}}),
        ({"headers": {"api-key": f"sk-mock-{FAULT}"}}, {"headers": {"api-key": KEY}}),
        ({"headers": {"x-goog-api-key": f"sk-mock-{FAULT}"}}, {"headers": {"x-goog-api-key": KEY}}),
        ({"query": {"key": f"sk-mock-{FAULT}", "a": "b"}}, {"query": {"key": KEY, "a": "b"}}),
        (
            {"json": {"model": f"claude-x::{FAULT}", "n": 1}},
            {"json": {"model": "claude-x", "n": 1}},
        ),
    ],
)  # fmt: skip
def test_each_carrier_is_read_and_removed(request_with, clean) -> None:
    carried = find(inbound(**request_with), key=KEY)
    assert carried.plan == plan_of(FAULT)
    assert carried.inbound == inbound(**clean)


def test_carriers_add_up() -> None:
    headers = {"x-mock-fault": "drip", "x-api-key": "sk-mock-coalesce"}
    carried = find(inbound(headers=headers, json={"model": "m::429"}), "stall(at=first)")
    names = [fault.name for fault in carried.plan.steps[0]]
    assert names == ["stall", "drip", "coalesce", "error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer sk-mock-0123456789abcdef"},
        {"authorization": "Bearer sk-proj-real"},
        {"authorization": "AWS4-HMAC-SHA256 Credential=sk-mock-429/x"},
        {},
    ],
)
def test_an_ordinary_request_is_left_as_it_is(headers) -> None:
    request = inbound(headers=headers, json={"model": "anthropic.claude-v1:0"})
    carried = find(request)
    assert carried.inbound is request
    assert not carried.plan


@pytest.mark.parametrize(
    ("path", "clean", "texts"),
    [
        ("/openai/v1/chat/completions", "/openai/v1/chat/completions", ()),
        ("/fault/429;retry_after=2/openai/v1/x", "/openai/v1/x", ("429;retry_after=2",)),
        ("/openai/fault/reset-3/v1/x", "/openai/v1/x", ("reset-3",)),
        ("/fault/429", "/", ("429",)),
        ("/v1beta/models/g-2.5::429:streamGenerateContent",
         "/v1beta/models/g-2.5:streamGenerateContent", ("429",)),
        ("/v1beta/models/g-2.5::429,ok~t.1:generateContent",
         "/v1beta/models/g-2.5:generateContent", ("429,ok~t.1",)),
        ("/model/anthropic.claude-v1:0::truncate(after=3)/converse-stream",
         "/model/anthropic.claude-v1:0/converse-stream", ("truncate(after=3)",)),
        ("/fault/drip/v1/models/g::crlf", "/v1/models/g", ("drip", "crlf")),
    ],
)  # fmt: skip
def test_paths_are_cleaned_before_routing(path, clean, texts) -> None:
    assert clean_path(path) == (clean, texts)


@pytest.mark.parametrize(
    ("headers", "plan"),
    [
        ({"x-mock-error": "context_overflow"}, "context_length"),
        ({"x-mock-error": "content_filter"}, "content_filter"),
        ({"x-mock-error": "rate_limit"}, "rate_limited;retry_after=5"),
        ({"x-mock-error": "stream_interrupt"}, "truncate(after=3,mode=clean)"),
        ({"x-mock-error": "rate_limit", "x-mock-status": "503"}, "rate_limited;retry_after=5"),
        ({"x-mock-status": "503"}, "503"),
        ({"x-mock-timeout-ms": "1500"}, "stall(at=headers,for=1500ms)"),
        (
            {"x-mock-invalid-content-type": "yes"},
            'body("mock-invalid-content-type",ctype=plain)',
        ),
        ({"x-mock-usage-format": "anthropic"}, "usage(anthropic)"),
    ],
)
def test_the_headers_of_ai_protocol_mock_are_aliases(headers, plan) -> None:
    carried = find(inbound(headers=headers))
    assert carried.plan == plan_of(plan)
    assert carried.inbound.headers == {}


def test_its_other_headers_are_wishes() -> None:
    headers = {
        "x-mock-content": "hi",
        "x-mock-tool-calls": "1",
        "x-mock-tool-depth": "2",
        "x-mock-reasoning": "true",
        "x-mock-video-terminal": "failed",
    }
    carried = find(inbound(headers=headers))
    assert carried.wishes == Wishes("hi", "single", 2, True, "failed")
    assert carried.inbound.headers == {}


def test_a_bad_fault_in_the_url_says_so() -> None:
    with pytest.raises(FaultSyntaxError, match=r"^URL: unknown fault 'trunkate'"):
        find(inbound(), "trunkate")


@pytest.mark.parametrize(
    ("request_with", "where"),
    [
        ({"headers": {"x-mock-fault": "429,,"}}, "header X-Mock-Fault: expected a fault"),
        ({"headers": {"x-mock-status": "9x9"}}, "header X-Mock-Status: expected a fault"),
        ({"headers": {"x-api-key": "sk-mock-("}}, "API key: expected a fault"),
        ({"json": {"model": "m::"+"("}}, "model: expected a fault"),
    ],
)  # fmt: skip
def test_a_bad_fault_names_its_carrier(request_with, where) -> None:
    with pytest.raises(FaultSyntaxError, match="^" + where):
        find(inbound(**request_with))


def names(active) -> list[str]:
    return [fault.name for fault in active]


def test_a_sequence_moves_with_repetitions_of_the_same_request() -> None:
    attempts, plan = Attempts(), plan_of("429, reset, ok")
    one, other = inbound(json={"model": "a"}), inbound(json={"model": "b"})
    drawn = [names(resolve(plan, request, attempts)) for request in (one, other, one, one, one)]
    assert drawn == [["error"], ["error"], ["reset"], [], []]


@pytest.mark.parametrize("mark", ["label", "header"])
def test_a_named_test_has_its_own_sequence_over_all_its_requests(mark) -> None:
    attempts = Attempts()

    def attempt(test: str, model: str) -> list[str]:
        text = f"429, reset~{test}" if mark == "label" else "429, reset"
        headers = {} if mark == "label" else {"x-mock-test": test}
        return names(resolve(plan_of(text), inbound(headers=headers, json={"m": model}), attempts))

    assert [attempt("one", "a"), attempt("two", "a"), attempt("one", "b")] == [
        ["error"], ["error"], ["reset"]
    ]  # fmt: skip


def test_dice_depend_on_the_request_and_the_seed_alone() -> None:
    plan = plan_of("429@0.5")
    requests = [inbound(json={"n": n}) for n in range(200)]

    def thrown(seed: int, order) -> dict[int, list[str]]:
        attempts = Attempts()
        return {n: names(resolve(plan, requests[n], attempts, seed)) for n in order}

    forward = thrown(1, range(200))
    assert forward == thrown(1, reversed(range(200)))
    assert forward != thrown(2, range(200))
    assert 70 < sum(map(bool, forward.values())) < 130


def test_attempts_forget_the_longest_unused() -> None:
    attempts = Attempts()
    for n in range(10_001):
        attempts.next(str(n))
    assert (attempts.next("0"), attempts.next("10000")) == (0, 1)
