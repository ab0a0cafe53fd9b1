"""The official dashscope package against the mocks, on its own API."""

from __future__ import annotations

import itertools
import json

import jsonschema
import pytest

dashscope = pytest.importorskip("dashscope")

STORY = [{"role": "user", "content": "Tell me a story"}]
BOTH = [{"role": "user", "content": "Use get_weather"}]


@pytest.fixture(autouse=True)
def base(mocks, monkeypatch):
    monkeypatch.setattr(dashscope, "base_http_api_url", f"{mocks.origin}/qwen/api/v1")
    monkeypatch.setattr(dashscope, "api_key", "sk-test-0123456789abcdef")


def ask(**options):
    return dashscope.Generation.call(
        **{"model": "qwen-plus", "messages": STORY, "result_format": "message"} | options
    )


def test_chat():
    answer = ask()
    assert answer.status_code == 200
    assert answer.output.choices[0].message.content
    assert answer.output.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens > 0


def test_stream_grows_or_adds():
    grown = [r.output.choices[0].message.content for r in ask(stream=True)]
    added = [r.output.choices[0].message.content for r in ask(stream=True, incremental_output=True)]
    assert grown == sorted(grown, key=len)
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(grown))
    assert len("".join(added)) > 20
    assert len(max(added, key=len)) < 12


def test_tools(weather):
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": weather}}]
    message = ask(messages=BOTH, tools=tools).output.choices[0].message
    call = message.tool_calls[0]
    assert call["function"]["name"] == "get_weather"
    jsonschema.validate(json.loads(call["function"]["arguments"]), weather)


def test_embeddings():
    made = dashscope.TextEmbedding.call(model="text-embedding-v4", input=["a", "b"], dimension=64)
    assert [len(one["embedding"]) for one in made.output["embeddings"]] == [64, 64]


def test_errors():
    failed = ask(model="no-such-model")
    assert (failed.status_code, failed.code) == (400, "InvalidParameter")
