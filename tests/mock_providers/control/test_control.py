"""``/_mock/…``: journal, verification, fixtures and faults at run time, quotas, pace, seed."""

import re

import pytest

from mock_providers import MockServer
from mock_providers.limits import Quota
from tests.support.http import client

SECRET = "sk-planted-secret-0123456789abcdef"
BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def server():
    with MockServer(providers=["openai", "anthropic"]) as running:
        yield running


def chat(server, *, text="Hello", key="k", headers=(), **fields):
    body = {**BODY, "messages": [{"role": "user", "content": text}], **fields}
    return client.post(
        server.url("openai") + "/chat/completions",
        json=body,
        headers={"authorization": f"Bearer {key}", **dict(headers)},
    )


def control(server, method, path, **options):
    return client.request(method, f"{server.origin}/_mock{path}", **options)


def test_the_journal_tells_what_was_asked_and_answered(server):
    chat(server, text="first", headers={"x-mock-test": "a"})
    chat(server, text="second", model="nope", stream=True)
    listed = control(server, "GET", "/requests").json()
    assert listed["total"] == 2
    shown = [
        {k: r[k] for k in ("provider", "model", "status", "error", "end", "stream", "test")}
        for r in listed["requests"]
    ]
    assert shown == [
        {"provider": "openai", "model": "gpt-4o", "status": 200, "error": "", "end": "complete",
         "stream": False, "test": "a"},
        {"provider": "openai", "model": "nope", "status": 404, "error": "model_not_found",
         "end": "complete", "stream": True, "test": ""},
    ]  # fmt: skip
    whole = control(server, "GET", f"/requests/{listed['requests'][0]['id']}").json()
    assert whole["request"]["body"]["messages"][0]["content"] == "first"
    assert whole["answer"]["candidates"][0]["finish"] == "stop"


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", [1, 2, 3]),
        ("?order=newest&limit=2", [3, 2]),
        ("?offset=1&limit=1", [2]),
        ("?status=404", [2]),
        ("?model=gpt-*", [1, 3]),
        ("?contains=three", [3]),
        ("?since=1&provider=openai", [2, 3]),
        ("?path=/v1/chat/*&stream=false", [1, 2, 3]),
        ("?error=model_not_found", [2]),
        ("?test=x", []),
    ],
)
def test_the_journal_is_filtered_and_paged(server, query, ids):
    chat(server, text="one")
    chat(server, text="two", model="nope")
    chat(server, text="three")
    found = control(server, "GET", f"/requests{query}").json()
    assert [request["id"] for request in found["requests"]] == ids


def test_no_secret_leaves_the_journal(server):
    chat(server, key=SECRET, text=f"my key is {SECRET}", headers={"cookie": "session=abcdefgh1234"})
    chat(server, text="x", user=SECRET, headers={"x-odd-token": "another-secret-9876543210"})
    text = "".join(
        control(server, "GET", path).text for path in ("/requests", "/requests/1", "/requests/2")
    )
    for secret in (SECRET, "abcdefgh1234", "another-secret-9876543210"):
        assert secret not in text
    assert "REDACTED" in text


def test_requests_are_counted_against_what_was_expected(server):
    chat(server)
    chat(server)

    def verify(**given):
        return control(server, "POST", "/verify", json=given).json()

    assert (verify()["ok"], verify()["count"]) == (True, 2)
    assert verify(match={"provider": "openai"}, times=2)["ok"]
    assert not verify(times=1)["ok"]
    assert not verify(match={"provider": "anthropic"})["ok"]
    assert verify(match={"provider": "anthropic"}, at_most=0)["ok"]
    assert verify(at_least=1, at_most=2)["ok"]


def test_a_fault_posted_strikes_whom_it_is_for_and_as_often_as_said(server):
    fault = {"fault": "429;retry_after=4", "match": {"test": "mine"}, "times": 2}
    posted = control(server, "POST", "/faults", json=fault)
    assert (posted.status_code, posted.json()) == (201, {"id": "f1"})
    mine = {"x-mock-test": "mine"}
    assert [chat(server, headers=mine).status_code for _ in range(3)] == [429, 429, 200]
    assert chat(server).status_code == 200
    assert control(server, "DELETE", "/faults/f1").status_code == 200
    assert control(server, "DELETE", "/faults/f1").status_code == 404


def test_a_script_posted_is_told_in_order(server):
    script = {
        "match": {"provider": "openai"},
        "answers": [{"error": 503}, {"answer": {"text": "b"}}, {"fault": "truncate(after=1)"}],
    }
    control(server, "POST", "/scripts", json=script)
    assert [chat(server).status_code for _ in range(2)] == [503, 200]
    listed = control(server, "GET", "/fixtures").json()["fixtures"]
    assert [entry["id"] for entry in listed] == ["f1"]
    control(server, "DELETE", "/fixtures")
    assert control(server, "GET", "/fixtures").json() == {"fixtures": []}


def test_quotas_refuse_with_true_headers_and_end_with_a_reset(server):
    limit = {"requests": {"limit": 2, "window": 60}}
    assert control(server, "PUT", "/quotas/openai", json=limit).status_code == 200
    first, second, third = (chat(server) for _ in range(3))
    assert [a.status_code for a in (first, second, third)] == [200, 200, 429]
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    assert third.headers["x-ratelimit-remaining-requests"] == "0"
    assert 28 <= int(third.headers["retry-after"]) <= 30
    assert third.json()["error"]["type"] == "requests"
    other = chat(server, key="another")
    assert other.status_code == 200
    control(server, "POST", "/reset")
    assert chat(server).status_code == 200
    assert control(server, "GET", "/quotas").json() == {"quotas": {}}


def test_quotas_may_be_given_at_the_start():
    quotas = {"openai": {"tokens": Quota(60)}}
    with MockServer(providers=["openai"], quotas=quotas) as server:
        answers = [chat(server) for _ in range(3)]
    assert answers[0].headers["x-ratelimit-limit-tokens"] == "60"
    assert answers[-1].json()["error"]["type"] == "tokens"


def test_pace_and_seed_are_set_while_running(server):
    assert control(server, "PUT", "/pace", json={"ttft": 0.2}).status_code == 200
    assert chat(server).elapsed.total_seconds() >= 0.2
    control(server, "PUT", "/pace/openai", json={"ttft": 0})
    assert control(server, "PUT", "/seed", json={"seed": 9}).json() == {"seed": 9}
    first = chat(server).json()["id"]
    control(server, "PUT", "/seed", json={"seed": 9})
    assert chat(server).json()["id"] == first


def test_metrics_are_prometheus_text(server):
    chat(server)
    chat(server, model="x::429")
    text = control(server, "GET", "/metrics").text
    assert (
        'mock_requests_total{provider="openai",operation="chat",status="200",end="complete"} 1'
        in text
    )
    assert 'mock_faults_total{provider="openai",fault="429"} 1' in text
    assert "mock_requests_in_flight 0" in text
    assert re.search(r'mock_request_seconds_bucket\{le="\+Inf"\} 2', text)


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "message"),
    [
        ("GET", "/nothing", {}, 404, "nothing at GET /_mock/nothing"),
        ("PUT", "/requests", {}, 405, "nothing at PUT"),
        ("GET", "/requests?colour=red", {}, 400, "unknown filter 'colour'"),
        ("GET", "/requests?limit=x", {}, 400, "limit: expected a whole number"),
        ("GET", "/requests/99", {}, 404, "no request 99"),
        ("POST", "/faults", {"json": {"fault": "stall(for=x)"}}, 400, "column"),
        ("POST", "/faults", {"json": {}}, 400, "expected one of answer"),
        ("POST", "/fixtures", {"content": b"{"}, 400, "the body is no JSON"),
        ("POST", "/fixtures", {"json": {"answer": {}, "odd": 1}}, 400, "control: at /fixtures/0"),
        ("POST", "/verify", {"json": {"odd": 1}}, 400, "unknown 'odd'"),
        ("PUT", "/quotas/openai", {"json": {"requests": 5}}, 400, "requests: expected"),
        ("PUT", "/quotas/nobody", {"json": {}}, 404, "'nobody' is not served here"),
        ("PUT", "/pace", {"json": {"ttft": -1}}, 400, "ttft: expected a number"),
        ("PUT", "/seed", {"json": {"seed": "x"}}, 400, "seed: expected a whole number"),
    ],
)
def test_bad_input_is_refused_with_a_reason(server, method, path, options, status, message):
    answer = control(server, method, path, **options)
    assert answer.status_code == status
    assert message in answer.json()["error"]["message"]


def test_a_token_guards_all_but_health():
    with MockServer(providers=["openai"], control_token="let-me-in") as server:
        assert control(server, "GET", "/health").status_code == 200
        assert control(server, "GET", "/requests").status_code == 401
        assert control(server, "GET", "/requests?token=let-me-in").status_code == 200
        right = {"x-mock-token": "let-me-in"}
        assert control(server, "GET", "/requests", headers=right).status_code == 200


def test_a_page_of_another_origin_cannot_steer_the_server(server):
    foreign = {"origin": "http://evil.example"}
    assert control(server, "POST", "/reset", headers=foreign).status_code == 403
    own = {"origin": server.origin}
    assert control(server, "POST", "/reset", headers=own).status_code == 200


def test_a_browser_may_talk_to_the_providers(server):
    url = server.url("openai") + "/chat/completions"
    asked = {
        "origin": "http://page.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization, content-type, x-stainless-os",
    }
    preflight = client.options(url, headers=asked)
    assert preflight.status_code == 204
    assert (
        preflight.headers["access-control-allow-headers"] == asked["access-control-request-headers"]
    )
    answer = chat(server, headers={"origin": "http://page.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in chat(server).headers
