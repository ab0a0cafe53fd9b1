"""The official ollama package against the mocks."""

from __future__ import annotations

import base64
import json

import jsonschema
import pytest

ollama = pytest.importorskip("ollama")

MODEL = "llama3.2:latest"
STORY = [{"role": "user", "content": "Tell me a story"}]
BOTH = [{"role": "user", "content": "Use get_weather and get_news"}]


@pytest.fixture(scope="module")
def client(mocks):
    with ollama.Client(host=mocks.url("ollama")) as made:
        yield made


def test_chat_and_stream(client):
    answer = client.chat(model=MODEL, messages=STORY)
    lines = list(client.chat(model=MODEL, messages=STORY, stream=True))
    assert answer.message.content
    assert answer.done_reason == "stop"
    assert answer.eval_count > 0
    assert answer.total_duration > 0
    assert len("".join(line.message.content for line in lines)) > 20
    assert lines[-1].done


def test_tools_and_the_second_turn(client, tools, weather):
    first = client.chat(model=MODEL, messages=BOTH, tools=tools)
    calls = first.message.tool_calls
    assert [call.function.name for call in calls] == ["get_weather", "get_news"]
    for call in calls:
        jsonschema.validate(dict(call.function.arguments), weather)
    results = [{"role": "tool", "content": "sunny, 21", "tool_name": "get_weather"}]
    second = client.chat(model=MODEL, messages=[*BOTH, first.message, *results], tools=tools)
    assert "sunny, 21" in second.message.content
    streamed = client.chat(model=MODEL, messages=BOTH, tools=tools, stream=True)
    assert sum(len(line.message.tool_calls or ()) for line in streamed) == 2


def test_thinking_schema_and_limit(client, weather):
    thought = client.chat(model=MODEL, messages=STORY, think=True)
    assert thought.message.thinking
    shaped = client.chat(model=MODEL, messages=STORY, format=weather)
    jsonschema.validate(json.loads(shaped.message.content), weather)
    cut = client.chat(model=MODEL, messages=STORY, options={"num_predict": 3})
    assert (cut.done_reason, cut.eval_count) == ("length", 3)


def test_an_image_costs_tokens(client, pixel):
    plain = client.chat(model=MODEL, messages=STORY)
    image = {**STORY[0], "images": [base64.b64decode(pixel)]}
    assert client.chat(model=MODEL, messages=[image]).prompt_eval_count > plain.prompt_eval_count


def test_generate_embed_and_models(client):
    assert client.generate(model=MODEL, prompt="hi").response
    lines = list(client.generate(model=MODEL, prompt="hi", stream=True))
    assert lines[-1].done
    assert [len(v) for v in client.embed(model=MODEL, input=["a", "b"]).embeddings] == [768, 768]
    assert MODEL in [model.model for model in client.list().models]
    assert client.show(MODEL).details.family


def test_an_unknown_model(client):
    with pytest.raises(ollama.ResponseError) as caught:
        client.chat(model="nonexistent", messages=STORY)
    assert caught.value.status_code == 404
    assert caught.value.error == "model 'nonexistent' not found"


async def test_async(mocks):
    async with ollama.AsyncClient(host=mocks.url("ollama")) as client:
        stream = await client.chat(model=MODEL, messages=STORY, stream=True)
        lines = [line async for line in stream]
    assert lines[-1].done
