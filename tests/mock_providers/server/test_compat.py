"""ai-protocol-mock's endpoints and headers."""

import pytest

from mock_providers import MockServer
from tests.support.http import client


@pytest.fixture(scope="module")
def server():
    with MockServer() as running:
        yield running


def call(server, method, path, *, headers=None, **body):
    json = body or None
    return client.request(method, f"{server.origin}{path}", json=json, headers=headers)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/v1/chat/completions", lambda v: v["choices"][0]["message"]["content"]),
        ("/chat/completions", lambda v: v["choices"][0]["message"]["content"]),
        ("/v1/messages", lambda v: v["content"][0]["text"]),
        ("/messages", lambda v: v["content"][0]["text"]),
        (
            "/v1beta/models/any:generateContent",
            lambda v: v["candidates"][0]["content"]["parts"][0]["text"],
        ),
    ],
)
def test_chats_stand_at_the_root_and_need_neither_key_nor_body(server, path, says):
    answer = client.post(server.origin + path, headers={"x-mock-content": "as wished"})
    assert answer.status_code == 200
    assert says(answer.json()) == "as wished"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"x-mock-error": "context_overflow"}, 400, "context_length_exceeded"),
        ({"x-mock-error": "rate_limit"}, 429, "rate_limit_exceeded"),
        ({"x-mock-status": "503"}, 503, None),
    ],
)
def test_error_headers_work(server, headers, status, code):
    answer = call(server, "POST", "/v1/chat/completions", headers=headers, model="gpt-4o")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_recursive_tools_go_as_deep_as_said(server):
    headers = {"x-mock-tool-calls": "recursive", "x-mock-tool-depth": "3"}
    messages = [{"role": "user", "content": "go"}]
    names = []
    for _ in range(4):
        answer = call(server, "POST", "/v1/chat/completions", headers=headers, messages=messages)
        message = answer.json()["choices"][0]["message"]
        calls = message.get("tool_calls") or []
        names.append([call["function"]["name"] for call in calls])
        messages.append(message)
        messages += [{"role": "tool", "tool_call_id": c["id"], "content": "ok"} for c in calls]
    assert names == [["step_1_tool"], ["step_2_tool"], [], []]


def test_health_and_providers(server):
    assert call(server, "GET", "/health").json()["status"] == "ok"
    listed = call(server, "GET", "/providers").json()["providers"]
    assert {"provider_id": "openai", "name": "openai"} in listed


@pytest.mark.parametrize(
    ("wish", "end", "field"),
    [
        (None, "succeeded", "output"),
        ("failed", "failed", "error"),
        ("cancelled", "cancelled", "cancellation"),
        ("nonsense", "succeeded", "output"),
    ],
)
def test_a_video_job_runs_and_ends_as_wished(server, wish, end, field):
    headers = {"x-mock-video-terminal": wish} if wish else {}
    begun = call(server, "POST", "/v1/video/generations", headers=headers, prompt="a cat")
    assert (begun.status_code, begun.json()["status"]) == (202, "queued")
    looks = [call(server, "GET", begun.json()["poll_url"]).json() for _ in range(3)]
    assert [look["status"] for look in looks] == ["running", end, end]
    assert field not in looks[0]
    assert looks[1][field]
    assert looks[2]["prompt"] == "a cat"


def test_a_video_at_once_and_an_unknown_job(server):
    made = call(server, "POST", "/v1/video/generations", **{"async": False})
    assert made.json()["output"]["content_type"] == "video/mp4"
    lost = call(server, "GET", "/v1/video/generations/job_0")
    assert (lost.status_code, lost.json()["error"]["type"]) == (404, "not_found")
    assert call(server, "DELETE", "/v1/video/generations/job_0").status_code == 405
