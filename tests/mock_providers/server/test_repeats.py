"""Requests that repeat are answered from memory; nobody may notice."""

import json

import pytest

from mock_providers import MockServer
from tests.support.http import client

BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
TOOLS = [
    {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
]


class Standing:
    """A clock whose second never ends, so that every repetition comes from memory."""

    def monotonic(self):
        return 1.0

    def now(self):
        return 1_700_000_000.5

    async def sleep(self, seconds):
        raise AssertionError("nothing waits here")


def chat(server, headers=(), **fields):
    return client.post(
        server.url("openai") + "/chat/completions",
        json={**BODY, **fields},
        headers={"authorization": "Bearer k", **dict(headers)},
    )


@pytest.fixture
def server():
    with MockServer(providers=["openai", "anthropic"], clock=Standing()) as running:
        yield running


@pytest.mark.parametrize(
    "fields", [{}, {"stream": True}, {"tools": TOOLS, "tool_choice": "required"}, {"n": 3}]
)
def test_a_repeated_answer_differs_in_its_ids_alone(server, fields):
    answers = [chat(server, **fields) for _ in range(5)]
    assert len({answer.text for answer in answers}) == 5
    assert len({answer.headers["x-request-id"] for answer in answers}) == 5

    def without_ids(answer):
        text = answer.text
        if fields.get("stream"):
            events = [line[6:] for line in text.splitlines() if line.startswith("data: {")]
            ids = {json.loads(event)["id"] for event in events}
            assert len(ids) == 1
        else:
            ids = {answer.json()["id"]}
            calls = [c for choice in answer.json()["choices"]
                     for c in choice["message"].get("tool_calls", [])]  # fmt: skip
            ids |= {call["id"] for call in calls}
        for identity in ids:
            text = text.replace(identity, "ID")
        # Padding and rate-limit headers are no part of what is told.
        return text if "obfuscation" not in text else len(text)

    assert len({without_ids(answer) for answer in answers[1:]}) == 1
    assert {answer.headers["content-type"] for answer in answers} == {
        answers[0].headers["content-type"]
    }
    names = [set(answer.headers) for answer in answers]
    assert all(found == names[0] for found in names)


def test_repeated_requests_are_counted_and_noted(server):
    answers = [chat(server) for _ in range(4)]
    left = [int(answer.headers["x-ratelimit-remaining-requests"]) for answer in answers]
    assert left == [9999, 9998, 9997, 9996]
    noted = server.requests()
    assert [entry["status"] for entry in noted] == [200] * 4
    assert noted[0]["request"]["body"] == noted[3]["request"]["body"] == BODY
    assert 'status="200",end="complete"} 4' in client.get(f"{server.origin}/_mock/metrics").text


def test_whatever_changes_is_heard_at_once(server):
    for _ in range(3):
        chat(server)
    assert chat(server, headers={"authorization": "Basic k"}).status_code == 401
    assert chat(server, headers={"x-mock-fault": "503"}).status_code == 503
    server.add({"fault": "429", "times": 1})
    assert [chat(server).status_code for _ in range(2)] == [429, 200]
    server.app.state.fixtures.clear()
    client.put(f"{server.origin}/_mock/quotas/openai", json={"requests": {"limit": 1}})
    assert [chat(server).status_code for _ in range(2)] == [200, 429]
    client.request("DELETE", f"{server.origin}/_mock/quotas/openai")
    got = client.get(
        server.url("openai") + "/chat/completions", headers={"authorization": "Bearer k"}
    )
    assert got.status_code == 405


def test_a_browsers_answer_is_told_again_with_its_headers(server):
    for _ in range(3):
        answer = chat(server, headers={"origin": "http://page.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
