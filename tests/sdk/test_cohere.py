"""The official cohere package against the mocks."""

from __future__ import annotations

import json

import jsonschema
import pytest

cohere = pytest.importorskip("cohere")

MODEL = "command-a-03-2025"
KEY = "mock0123456789abcdefmock0123456789abcdef"
STORY = [{"role": "user", "content": "Tell me a story"}]
BOTH = [{"role": "user", "content": "Use get_weather and get_news"}]


@pytest.fixture(scope="module")
def client(mocks):
    with cohere.ClientV2(api_key=KEY, base_url=mocks.url("cohere")) as made:
        yield made


def test_chat_and_stream(client):
    answer = client.chat(model=MODEL, messages=STORY)
    events = list(client.chat_stream(model=MODEL, messages=STORY))
    text = "".join(e.delta.message.content.text for e in events if e.type == "content-delta")
    assert answer.message.content[0].text
    assert answer.finish_reason == "COMPLETE"
    assert answer.usage.tokens.output_tokens > 0
    assert len(text) > 20
    assert events[-1].delta.finish_reason == "COMPLETE"
    assert events[-1].delta.usage.tokens.input_tokens > 0


def test_parallel_tools_and_the_second_turn(client, tools, weather):
    first = client.chat(model=MODEL, messages=BOTH, tools=tools)
    calls = first.message.tool_calls
    assert first.finish_reason == "TOOL_CALL"
    assert [call.function.name for call in calls] == ["get_weather", "get_news"]
    for call in calls:
        jsonschema.validate(json.loads(call.function.arguments), weather)
    results = [{"role": "tool", "tool_call_id": c.id, "content": "sunny, 21"} for c in calls]
    said = {"role": "assistant", "tool_calls": calls, "tool_plan": first.message.tool_plan}
    second = client.chat(model=MODEL, messages=[*BOTH, said, *results], tools=tools)
    assert "sunny, 21" in second.message.content[0].text


def test_streamed_tools(client, tools):
    events = list(client.chat_stream(model=MODEL, messages=BOTH, tools=tools))
    kinds = [event.type for event in events]
    assert kinds.count("tool-call-start") == 2
    assert kinds.count("tool-call-delta") > 8
    assert "tool-plan-delta" in kinds


def test_thinking_and_structured_output(client, weather):
    thought = client.chat(model=MODEL, messages=STORY, thinking={"type": "enabled"})
    assert [part.type for part in thought.message.content] == ["thinking", "text"]
    wanted = {"type": "json_object", "json_schema": weather}
    answer = client.chat(model=MODEL, messages=STORY, response_format=wanted)
    jsonschema.validate(json.loads(answer.message.content[0].text), weather)


def test_embed_rerank_and_models(client):
    made = client.embed(
        model="embed-v4.0",
        texts=["a", "b"],
        input_type="search_document",
        embedding_types=["float", "int8"],
        output_dimension=16,
    )
    ranked = client.rerank(
        model="rerank-v3.5", query="capital of France", documents=["a cat", "Paris, the capital"]
    )
    assert [len(v) for v in made.embeddings.float_] == [16, 16]
    assert [len(v) for v in made.embeddings.int8] == [16, 16]
    assert ranked.results[0].index == 1
    assert MODEL in [model.name for model in client.models.list().models]


async def test_async(mocks):
    async with cohere.AsyncClientV2(api_key=KEY, base_url=mocks.url("cohere")) as client:
        answer = await client.chat(model=MODEL, messages=STORY)
        kinds = [event.type async for event in client.chat_stream(model=MODEL, messages=STORY)]
    assert answer.message.content[0].text
    assert kinds[-1] == "message-end"
