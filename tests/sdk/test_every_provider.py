"""Every provider that speaks chat completions, through the openai package."""

from __future__ import annotations

import json

import jsonschema
import pytest

from mock_providers.profiles import load_profile, provider_names

openai = pytest.importorskip("openai")

PATH = "/chat/completions"
STORY = [{"role": "user", "content": "Tell me a story"}]
BOTH = [{"role": "user", "content": "Use get_weather and get_news"}]
FILL = {"{project}": "mock", "{location}": "us-central1", "{version=v1|v1beta1}": "v1"}


def served():
    for name in provider_names():
        profile = load_profile(name)
        for route in profile.routes:
            if route.dialect == "openai_chat" and route.path.endswith(PATH):
                yield pytest.param((profile, route), id=f"{name}{route.path.removesuffix(PATH)}")


@pytest.fixture(scope="module", params=list(served()))
def asked(mocks, request):
    """Asks the provider with its first model that chats."""
    profile, route = request.param
    path = route.path.removesuffix(PATH)
    for hole, value in FILL.items():
        path = path.replace(hole, value)
    names = [row["id"] for row in profile.models.known]
    model = next(n for n in names if not any(k in n for k in ("embed", "rerank", "whisper", "tts")))
    path = path.replace("{deployment}", model).replace("{model}", model)
    keys = {
        scheme.name: scheme.prefix + profile.example_key
        for scheme in profile.auth.schemes
        if scheme.place == "header" and not scheme.prefix.startswith("AWS4")
    }
    with openai.OpenAI(
        base_url=f"{mocks.origin}/{profile.name}{path}",
        api_key=profile.example_key,
        default_headers=keys,
        default_query={"api-version": "2024-10-21"} if profile.name == "azure" else None,
        max_retries=0,
    ) as client:
        yield lambda **options: client.chat.completions.create(model=model, **options)


def test_chat(asked):
    answer = asked(messages=STORY)
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens > 0


def test_stream(asked):
    chunks = list(asked(messages=STORY, stream=True, stream_options={"include_usage": True}))
    spoken = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert len("".join(choice.delta.content or "" for choice in spoken)) > 20
    assert spoken[-1].finish_reason == "stop"
    assert any(chunk.usage and chunk.usage.completion_tokens for chunk in chunks)


def test_tools(asked, tools, weather):
    message = asked(messages=BOTH, tools=tools).choices[0].message
    assert [call.function.name for call in message.tool_calls] == ["get_weather", "get_news"]
    streamed = {}
    for chunk in asked(messages=BOTH, tools=tools, stream=True):
        for call in (chunk.choices and chunk.choices[0].delta.tool_calls) or ():
            streamed.setdefault(call.index, []).append(call.function.arguments or "")
    assert sorted(streamed) == [0, 1]
    for arguments in [c.function.arguments for c in message.tool_calls]:
        jsonschema.validate(json.loads(arguments), weather)
    for pieces in streamed.values():
        jsonschema.validate(json.loads("".join(pieces)), weather)
