"""Whatever is sent: no 500 that nobody asked for, and always an answer."""

import json
import logging
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_providers import build_app
from mock_providers.profiles import load_profile, provider_names

ROUTES = [(name, route) for name in provider_names() for route in load_profile(name).routes]
FIELDS = [
    "model", "messages", "role", "content", "type", "text", "tools", "function", "name",
    "parameters", "tool_choice", "stream", "max_tokens", "temperature", "stop", "n", "input",
    "contents", "parts", "generationConfig", "system", "thinking", "response_format",
    "json_schema", "schema", "stream_options", "logprobs", "top_logprobs", "seed", "dimensions",
    "encoding_format", "reasoning", "tool_calls", "arguments", "inputText", "documents", "query",
    "inferenceConfig", "toolConfig", "options", "format", "parameters", "input", "prompt",
]  # fmt: skip
WORDS = ["user", "assistant", "system", "tool", "function", "gpt-4o", "object", "string", "auto"]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(WORDS)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=25,
)
GOOD = {
    "model": "gpt-4o",
    "max_tokens": 20,
    "messages": [{"role": "user", "content": "Hello"}],
    "contents": [{"role": "user", "parts": [{"text": "Hello"}]}],
    "input": "Hello",
    "prompt": "Hello",
    "query": "Hello",
    "documents": ["a", "b"],
    "texts": ["a"],
}
QUIET = settings(
    deadline=None, max_examples=150, suppress_health_check=list(HealthCheck), derandomize=True
)
CONTROLS = [
    "x-mock-fault", "x-mock-error", "x-mock-status", "x-mock-timeout-ms", "x-mock-tool-calls",
    "x-mock-tool-depth",
]  # fmt: skip
STRICT, LENIENT = build_app(), build_app(strict=False, any_model=True)


def path_of(name, route, random):
    path = route.path
    if route.pattern is not None:
        for hole in route.pattern.groupindex:
            start = path.index("{" + hole)
            end = path.index("}", start)
            words = path[start:end].partition("=")[2]  # {version=v1|v1beta}
            path = path[:start] + (words.split("|")[0] or "gpt-4o") + path[end + 1 :]
    return f"/{name}{path}"


async def status_of(app, method, path, body, headers=()):
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    keys = [b"x-api-key", b"api-key", b"x-goog-api-key"]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [
            (b"content-type", b"application/json"),
            (b"anthropic-version", b"2023-06-01"),
            (b"authorization", b"Bearer k"),
            *((key, b"k") for key in keys),
            *headers,
        ],
    }
    await app(scope, receive, send)
    assert sent[-1].get("more_body", False) is False
    return sent[0]["status"]


@pytest.mark.parametrize(("name", "route"), ROUTES)
async def test_the_body_the_fields_are_replaced_in_is_a_good_one(name, route):
    body = json.dumps(GOOD).encode()
    assert await status_of(LENIENT, route.method, path_of(name, route, Random(0)), body) == 200


@QUIET
@given(number=st.integers(0, 10_000), value=VALUES, lenient=st.booleans())
async def test_any_json_at_any_route(number, value, lenient):
    name, route = ROUTES[number % len(ROUTES)]
    body = json.dumps(value).encode()
    path = path_of(name, route, Random(0))
    status = await status_of(LENIENT if lenient else STRICT, route.method, path, body)
    assert status != 500, (path, value)


@QUIET
@given(number=st.integers(0, 10_000), extra=st.dictionaries(st.sampled_from(FIELDS), VALUES))
async def test_a_good_request_with_any_field_replaced(number, extra):
    name, route = ROUTES[number % len(ROUTES)]
    body = json.dumps({**GOOD, **extra}).encode()
    path = path_of(name, route, Random(0))
    status = await status_of(LENIENT, route.method, path, body)
    assert status != 500, (path, extra)


FUNCTION = {
    "name": "get_weather",
    "description": "d",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "pattern": "^[a-z]+$"}},
        "required": ["city"],
    },
}
SCHEMA = {
    "type": "object",
    "properties": {"a": {"anyOf": [{"type": "integer"}, {"$ref": "#/$defs/x"}]}},
}
RICH = {
    **GOOD,
    "stream": True,
    "stream_options": {"include_usage": True},
    "tools": [
        {
            "type": "function",
            "function": FUNCTION,
            "name": "get_weather",
            "input_schema": {"type": "object"},
            "functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT"}}],
        }
    ],
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}},
    "messages": [
        {"role": "system", "content": "s"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "weather"},
                {"type": "image_url", "image_url": {"url": "data:,"}},
            ],
        },
        {
            "role": "assistant",
            "tool_calls": [
                {
                    "id": "c",
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": "{}"},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "c", "content": "ok"},
    ],
    "generationConfig": {
        "maxOutputTokens": 5,
        "stopSequences": ["a"],
        "responseSchema": {"type": "OBJECT"},
    },
    "logprobs": True,
    "top_logprobs": 3,
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "stop": ["the"],
}
ODD = [None, True, 0, -1, 2**70, 1.5, "", "user", "x" * 50, "data:image/png;base64,AAAA", [], {}]


def odd(random, depth=0):
    if depth > 3 or random.random() < 0.5:
        return random.choice(ODD)
    if random.random() < 0.5:
        return [odd(random, depth + 1) for _ in range(random.randint(0, 3))]
    return {random.choice(FIELDS): odd(random, depth + 1) for _ in range(random.randint(0, 4))}


def changed(value, random):
    """The value with some of what is in it left out, added to or replaced."""
    if random.random() < 0.1:
        return odd(random)
    if isinstance(value, dict):
        kept = {k: changed(v, random) for k, v in value.items() if random.random() > 0.05}
        return kept | ({random.choice(FIELDS): odd(random)} if random.random() < 0.3 else {})
    if isinstance(value, list):
        return [*(changed(v, random) for v in value), *([odd(random)] * (random.random() < 0.2))]
    return value


@QUIET
@given(seed=st.integers(0, 2**32))
async def test_a_rich_request_with_anything_in_it_changed(seed):
    random = Random(seed)
    for name, route in random.sample(ROUTES, 12):
        body = json.dumps(changed(RICH, random)).encode()
        path = path_of(name, route, random)
        status = await status_of(LENIENT, route.method, path, body)
        assert status != 500, (path, body)


@QUIET
@given(number=st.integers(0, 10_000), body=st.binary(max_size=200))
async def test_any_bytes_at_any_route(number, body):
    name, route = ROUTES[number % len(ROUTES)]
    path = path_of(name, route, Random(0))
    assert await status_of(LENIENT, route.method, path, body) != 500


@QUIET
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "BREW"]),
    path=st.text(st.characters(codec="utf-8"), max_size=30),
    provider=st.sampled_from([*provider_names(), ""]),
)
async def test_any_path_and_method(method, path, provider):
    assert await status_of(STRICT, method, f"/{provider}/{path}", b"{}") != 500


@QUIET
@given(fault=st.text(max_size=30), name=st.sampled_from(CONTROLS))
async def test_any_text_in_a_control_header(fault, name):
    header = (name.encode(), fault.encode("utf-8", "replace"))
    if name == "x-mock-timeout-ms" and fault.isdecimal():
        return
    body = json.dumps(GOOD).encode()
    path = "/openai/v1/chat/completions"
    assert await status_of(STRICT, "POST", path, body, [header]) != 500


@pytest.fixture(autouse=True)
def silence():
    logging.getLogger("mock_providers").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("mock_providers").setLevel(logging.NOTSET)
