"""What a client gets over a real socket."""

import asyncio

import httpx
import pytest

from mock_providers import MockServer, build_app
from mock_providers.dialects import DIALECTS
from mock_providers.profiles import UnknownProviderError, load_profile, provider_names
from tests.support.http import client

HELLO = {"messages": [{"role": "user", "content": "Hello"}]}
CHATS = {
    "openai": ("/chat/completions", {"model": "gpt-4o", **HELLO}, {"authorization": "Bearer k"}),
    "anthropic": (
        "/v1/messages",
        {"model": "claude-sonnet-4-5", "max_tokens": 99, **HELLO},
        {"x-api-key": "k", "anthropic-version": "2023-06-01"},
    ),
    "gemini": (
        "/v1/models/gemini-2.5-flash:generateContent",
        {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]},
        {"x-goog-api-key": "k"},
    ),
}


@pytest.fixture(scope="module")
def server():
    with MockServer() as running:
        yield running


def ask(server, provider, *, path=None, body=None, headers=None, method="POST"):
    usual_path, usual_body, usual_headers = CHATS[provider]
    return client.request(
        method,
        server.url(provider) + (path or usual_path),
        json=usual_body if body is None else body,
        headers=usual_headers if headers is None else headers,
    )


def changed(provider, **fields):
    body = {**CHATS[provider][1], **fields}
    return {name: value for name, value in body.items() if value is not ...}


@pytest.mark.parametrize("name", provider_names())
def test_every_route_has_a_dialect(name):
    assert {route.dialect for route in load_profile(name).routes} <= set(DIALECTS)


@pytest.mark.parametrize("provider", CHATS)
def test_a_chat_is_answered(server, provider):
    answer = ask(server, provider)
    assert answer.status_code == 200
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize(
    ("provider", "headers", "status", "message"),
    [
        ("openai", {}, 401, "You didn't provide an API key."),
        ("openai", {"authorization": "Basic k"}, 401, "You didn't provide an API key."),
        ("anthropic", {"anthropic-version": "2023-06-01"}, 401, "x-api-key header is required"),
        ("gemini", {}, 403, "Method doesn't allow unregistered callers"),
        ("anthropic", {"x-api-key": "k"}, 400, "anthropic-version: header is required"),
        (
            "anthropic",
            {"x-api-key": "k", "anthropic-version": "1999-01-01"},
            400,
            'anthropic-version: "1999-01-01" is not a valid version.',
        ),
    ],
)
def test_a_request_without_its_headers_is_refused(server, provider, headers, status, message):
    answer = ask(server, provider, headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"]["message"].startswith(message)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-api-key": "k", "anthropic-version": "2023-06-01"},
        {"authorization": "Bearer k", "anthropic-version": "2023-06-01"},
        {"authorization": "Bearer k", "anthropic-version": "2026-10-21"},
    ],
)
def test_anthropic_takes_both_schemes_and_both_versions(server, headers):
    assert ask(server, "anthropic", headers=headers).status_code == 200


@pytest.mark.parametrize("version", ["v1", "v1beta", "v1alpha"])
def test_gemini_stands_on_three_versions_and_takes_the_key_in_the_query(server, version):
    path = f"/{version}/models/gemini-2.5-flash:generateContent?key=k"
    assert ask(server, "gemini", path=path, headers={}).status_code == 200


def test_listed_keys_are_the_only_good_ones():
    with MockServer(api_keys=["good"], providers=["openai", "gemini"]) as server:
        bad = ask(server, "openai")
        good = ask(server, "openai", headers={"authorization": "Bearer good"})
        gemini = ask(server, "gemini")
    assert (bad.status_code, bad.json()["error"]["code"]) == (401, "invalid_api_key")
    assert good.status_code == 200
    assert gemini.status_code == 400
    assert gemini.json()["error"]["details"][0]["reason"] == "API_KEY_INVALID"


def test_a_key_that_carries_a_fault_counts_as_a_good_one():
    with MockServer(api_keys=["good"], providers=["openai"]) as server:
        struck = ask(server, "openai", headers={"authorization": "Bearer sk-mock-503"})
        fine = ask(server, "openai", headers={"authorization": "Bearer sk-mock-ok"})
    assert (struck.status_code, fine.status_code) == (503, 200)


@pytest.mark.parametrize(
    ("provider", "body", "error"),
    [
        (
            "openai",
            changed("openai", model="gpt-4o", messages=[]),
            {
                "message": "Invalid 'messages': empty array. Expected an array with minimum length"
                " 1, but got an empty array instead.",
                "type": "invalid_request_error",
                "param": "messages",
                "code": "empty_array",
            },
        ),
        (
            "openai",
            changed("openai", temperature=99.0),
            {
                "message": "Invalid 'temperature': decimal above maximum value. Expected a value"
                " <= 2, but got 99.0 instead.",
                "type": "invalid_request_error",
                "param": "temperature",
                "code": "decimal_above_max_value",
            },
        ),
        (
            "openai",
            changed("openai", model=...),
            {
                "message": "you must provide a model parameter",
                "type": "invalid_request_error",
                "param": None,
                "code": None,
            },
        ),
        (
            "openai",
            changed("openai", model="nope"),
            {
                "message": "The model `nope` does not exist or you do not have access to it.",
                "type": "invalid_request_error",
                "param": None,
                "code": "model_not_found",
            },
        ),
        (
            "anthropic",
            changed("anthropic", max_tokens=...),
            {"type": "invalid_request_error", "message": "max_tokens: Field required"},
        ),
        (
            "anthropic",
            changed("anthropic", temperature=2),
            {"type": "invalid_request_error", "message": "temperature: range: 0..1"},
        ),
        (
            "anthropic",
            changed("anthropic", max_tokens="9"),
            {
                "type": "invalid_request_error",
                "message": "max_tokens: Input should be a valid integer",
            },
        ),
        (
            "anthropic",
            changed("anthropic", model="nope"),
            {"type": "not_found_error", "message": "model: nope"},
        ),
        (
            "gemini",
            {"contents": []},
            {
                "code": 400,
                "message": "* GenerateContentRequest.contents: contents is not specified\n",
                "status": "INVALID_ARGUMENT",
            },
        ),
        (
            "gemini",
            changed("gemini", contents=[{"role": "user", "parts": [], "content": 1}]),
            {
                "code": 400,
                "message": "* GenerateContentRequest.contents[0].parts: contents.parts must not be"
                " empty.\n",
                "status": "INVALID_ARGUMENT",
            },
        ),
        (
            "gemini",
            changed("gemini", contents=[{"content": 1}]),
            {
                "code": 400,
                "message": 'Invalid JSON payload received. Unknown name "content" at'
                " 'contents[0]': Cannot find field.",
                "status": "INVALID_ARGUMENT",
                "details": [
                    {
                        "@type": "type.googleapis.com/google.rpc.BadRequest",
                        "fieldViolations": [
                            {
                                "field": "contents[0]",
                                "description": "Invalid JSON payload received. Unknown name"
                                " \"content\" at 'contents[0]': Cannot find field.",
                            }
                        ],
                    }
                ],
            },
        ),
    ],
)
def test_a_bad_request_gets_the_providers_own_words(server, provider, body, error):
    assert ask(server, provider, body=body).json()["error"] == error


def test_a_lenient_server_answers_bad_requests():
    with MockServer(strict=False, providers=["anthropic"]) as server:
        answer = ask(server, "anthropic", body=changed("anthropic", max_tokens=..., odd=1))
    assert answer.status_code == 200


def test_any_model_may_be_let_in():
    with MockServer(any_model=True, providers=["openai"]) as server:
        assert ask(server, "openai", body=changed("openai", model="mine")).status_code == 200


@pytest.mark.parametrize("provider", CHATS)
def test_broken_json_is_400_and_needs_a_key_first(server, provider):
    path, _, headers = CHATS[provider]
    broken = client.post(server.url(provider) + path, content=b'{"a', headers=headers)
    assert broken.status_code == 400
    assert "JSON" in broken.json()["error"]["message"]
    assert client.post(server.url(provider) + path, content=b'{"a').status_code in {401, 403}


@pytest.mark.parametrize(
    ("provider", "method", "path", "status"),
    [
        ("openai", "GET", "/chat/completions", 405),
        ("openai", "POST", "/nothing", 404),
        ("anthropic", "DELETE", "/v1/messages", 405),
        ("anthropic", "POST", "/v2/messages", 404),
        ("gemini", "POST", "/v9/models/gemini-2.5-flash:generateContent", 404),
    ],
)
def test_unknown_paths_and_methods_are_refused_in_the_providers_shape(
    server, provider, method, path, status
):
    answer = ask(server, provider, method=method, path=path)
    assert answer.status_code == status
    if provider != "gemini":
        assert set(answer.json()) >= {"error"}


def test_a_path_of_nobody_lists_the_providers(server):
    answer = client.post(f"{server.origin}/opnai/v1/chat/completions")
    assert answer.status_code == 404
    assert "Did you mean /openai?" in answer.json()["error"]["message"]
    assert answer.headers["x-mock-error"] == "true"


def test_the_root_provider_stands_at_the_root_too():
    with MockServer(root="openai", providers=[]) as server:
        _, body, headers = CHATS["openai"]
        for base in (server.origin + "/v1", server.url("openai")):
            answer = client.post(f"{base}/chat/completions", json=body, headers=headers)
            assert answer.status_code == 200


def test_live_headers_count_what_was_used():
    with MockServer(providers=["openai", "anthropic"]) as server:
        first, second = (ask(server, "openai").headers for _ in range(2))
        anthropic = ask(server, "anthropic").headers
    assert first["x-ratelimit-limit-requests"] == "10000"
    assert first["x-ratelimit-remaining-requests"] == "9999"
    assert int(second["x-ratelimit-remaining-tokens"]) < 2_000_000
    assert first["x-request-id"] != second["x-request-id"]
    assert anthropic["anthropic-ratelimit-requests-remaining"] == "3999"
    assert anthropic["anthropic-ratelimit-requests-reset"].endswith("Z")
    assert anthropic["request-id"].startswith("req_011C")


def test_one_seed_gives_one_answer_whatever_came_before():
    answers = []
    for warm_up in (0, 3):
        with MockServer(providers=["openai"], seed=5) as server:
            for n in range(warm_up):
                ask(server, "openai", body=changed("openai", user=str(n)))
            answers.append(ask(server, "openai").json())
    first, second = answers
    assert (first["id"], first["choices"]) == (second["id"], second["choices"])


def test_a_fault_is_the_providers_own_row_with_its_hint(server):
    limited = ask(
        server, "openai", headers={"authorization": "Bearer k", "x-mock-fault": "429;retry_after=7"}
    )
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    assert limited.headers["x-ratelimit-limit-requests"] == "10000"
    assert "Please try again in 7s" in limited.json()["error"]["message"]
    overloaded = ask(server, "anthropic", body=changed("anthropic", model="claude-x::overloaded"))
    assert overloaded.status_code == 529


def test_a_fault_nobody_knows_is_the_callers_mistake(server):
    answer = ask(server, "openai", headers={"x-mock-fault": "whatever"})
    assert answer.status_code == 400
    assert "no error row 'whatever'" in answer.json()["error"]["message"]


def test_gemini_errors_of_a_stream_say_event_stream_and_are_plain_json(server):
    path = "/v1beta/models/nope:streamGenerateContent?alt=sse"
    answer = ask(server, "gemini", path=path)
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.json()["error"]["status"] == "NOT_FOUND"


async def test_the_server_runs_in_the_callers_loop_and_stops_at_once():
    async with MockServer(providers=["openai"]) as server, httpx.AsyncClient() as web:
        path, body, headers = CHATS["openai"]
        url = server.url("openai") + path
        answers = await asyncio.gather(
            *(web.post(url, json=body, headers=headers) for _ in range(20))
        )
        assert {answer.status_code for answer in answers} == {200}
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.origin


def test_a_taken_port_is_told_by_the_server_itself():
    with (
        MockServer(providers=["openai"]) as first,
        pytest.raises(OSError, match="is taken; choose another"),
        MockServer(providers=["openai"], port=int(first.origin.rpartition(":")[2])),
    ):
        pass


def test_an_unknown_provider_is_refused_when_the_app_is_built():
    with pytest.raises(UnknownProviderError, match="unknown provider 'x'"):
        build_app(["x"])


@pytest.mark.parametrize(
    ("provider", "fields", "code", "message"),
    [
        (
            "openai",
            {"model": "o3", "max_tokens": 5},
            "unsupported_parameter",
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use"
            " 'max_completion_tokens' instead.",
        ),
        (
            "openai",
            {"model": "o3", "temperature": 0.5},
            "unsupported_value",
            "Unsupported value: 'temperature' does not support 0.5 with this model. Only the"
            " default (1) value is supported.",
        ),
        (
            "openai",
            {"model": "gpt-4", "messages": [{"role": "user", "content": "word " * 9000}]},
            "context_length_exceeded",
            "This model's maximum context length is 8192 tokens. However, your messages resulted"
            " in 9007 tokens. Please reduce the length of the messages.",
        ),
        (
            "openai",
            {"max_tokens": 20000},
            "invalid_value",
            "max_tokens is too large: 20000. This model supports at most 16384 completion tokens,"
            " whereas you provided 20000.",
        ),
    ],
)
def test_what_a_model_does_not_take_is_refused(server, provider, fields, code, message):
    error = ask(server, provider, body=changed(provider, **fields)).json()["error"]
    assert (error["code"], error["message"]) == (code, message)


def test_the_newest_api_version_of_anthropic_takes_no_temperature(server):
    headers = {"x-api-key": "k", "anthropic-version": "2026-10-21"}
    body = changed("anthropic", temperature=1)
    assert ask(server, "anthropic", body=body, headers=headers).status_code == 400
    assert ask(server, "anthropic", body=body).status_code == 200


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_is_registered_under_its_own_name(name):
    assert DIALECTS[name].name == name
