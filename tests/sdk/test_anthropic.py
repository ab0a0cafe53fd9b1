"""The official anthropic package against the mocks, parsing strictly."""

from __future__ import annotations

import jsonschema
import pytest
from pydantic import BaseModel

anthropic = pytest.importorskip("anthropic")

MODEL = "claude-haiku-4-5-20251001"
KEY = "sk-ant-test-0123456789abcdef"
STORY = [{"role": "user", "content": "Tell me a story"}]
BOTH = [{"role": "user", "content": "Use get_weather and get_news"}]


@pytest.fixture(scope="module")
def client(mocks):
    with anthropic.Anthropic(
        base_url=mocks.url("anthropic"),
        api_key=KEY,
        max_retries=0,
        _strict_response_validation=True,
    ) as made:
        yield made


@pytest.fixture
async def aclient(mocks):
    async with anthropic.AsyncAnthropic(
        base_url=mocks.url("anthropic"),
        api_key=KEY,
        max_retries=0,
        _strict_response_validation=True,
    ) as made:
        yield made


@pytest.fixture(scope="module")
def tools(weather):
    return [{"name": name, "input_schema": weather} for name in ("get_weather", "get_news")]


def ask(client, **options):
    return client.messages.create(
        **{"model": MODEL, "max_tokens": 1024, "messages": STORY} | options
    )


def test_messages(client):
    answer = ask(client)
    assert answer.content[0].text
    assert answer.stop_reason == "end_turn"
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0
    assert answer._request_id.startswith("req_")


def test_the_older_version_is_served_too(client):
    old = {"anthropic-version": "2023-06-01"}
    assert ask(client, extra_headers=old, extra_body={"temperature": 0.5}).content[0].text


def test_stream_helper(client):
    with client.messages.stream(model=MODEL, max_tokens=1024, messages=STORY) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == final.content[0].text
    assert final.usage.output_tokens > 1


def test_raw_stream_has_a_ping(client):
    events = [event.type for event in ask(client, stream=True)]
    assert events[:2] == ["message_start", "content_block_start"]
    assert events[-2:] == ["message_delta", "message_stop"]


def test_stop_sequence_and_limit(client):
    stopped = ask(client, stop_sequences=[" "])
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", " ")
    cut = ask(client, max_tokens=3)
    assert (cut.stop_reason, cut.usage.output_tokens) == ("max_tokens", 3)


def test_parallel_tools_and_the_second_turn(client, tools, weather):
    first = ask(client, messages=BOTH, tools=tools)
    calls = [block for block in first.content if block.type == "tool_use"]
    assert first.stop_reason == "tool_use"
    assert [call.name for call in calls] == ["get_weather", "get_news"]
    for call in calls:
        jsonschema.validate(call.input, weather)
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": "sunny, 21"} for call in calls
    ]
    turns = [
        *BOTH,
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": results},
    ]
    second = ask(client, messages=turns, tools=tools)
    assert second.stop_reason == "end_turn"
    assert "sunny, 21" in second.content[0].text


def test_streamed_tools(client, tools, weather):
    with client.messages.stream(model=MODEL, max_tokens=1024, messages=BOTH, tools=tools) as stream:
        pieces = [event for event in stream if event.type == "input_json"]
        final = stream.get_final_message()
    assert len(pieces) > 8
    for block in final.content:
        jsonschema.validate(block.input, weather)


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ({"type": "none"}, []),
        ({"type": "any"}, ["get_weather"]),
        ({"type": "tool", "name": "get_news"}, ["get_news"]),
        ({"type": "auto", "disable_parallel_tool_use": True}, []),
    ],
)
def test_tool_choice(client, tools, choice, names):
    answer = ask(client, tools=tools, tool_choice=choice)
    assert [block.name for block in answer.content if block.type == "tool_use"] == names


def test_thinking(client):
    thinking = {"type": "enabled", "budget_tokens": 1024}
    answer = ask(client, max_tokens=4096, thinking=thinking)
    assert [block.type for block in answer.content] == ["thinking", "text"]
    assert answer.content[0].signature
    with client.messages.stream(
        model=MODEL, max_tokens=4096, messages=STORY, thinking=thinking
    ) as stream:
        final = stream.get_final_message()
    assert final.content[0].thinking
    assert final.content[0].signature


def test_an_image_and_a_document_cost_tokens(client, pixel):
    source = {"type": "base64", "media_type": "image/png", "data": pixel}
    paper = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQK"}
    parts = [
        {"type": "text", "text": "Tell me a story"},
        {"type": "image", "source": source},
        {"type": "document", "source": paper},
    ]
    seen = ask(client, messages=[{"role": "user", "content": parts}])
    assert seen.usage.input_tokens > ask(client).usage.input_tokens + 500


def test_structured_output(client):
    class City(BaseModel):
        name: str
        population: int

    answer = client.messages.parse(model=MODEL, max_tokens=1024, messages=STORY, output_format=City)
    assert isinstance(answer.parsed_output, City)


def test_count_tokens_agrees_with_usage(client):
    counted = client.messages.count_tokens(model=MODEL, messages=STORY)
    assert counted.input_tokens == ask(client).usage.input_tokens


def test_models(client):
    listed = [model.id for model in client.models.list(limit=2)]
    assert MODEL in listed
    assert client.models.retrieve(MODEL).id == MODEL


async def test_async_messages_stream_and_tools(aclient, tools):
    answer = await ask(aclient)
    async with aclient.messages.stream(model=MODEL, max_tokens=99, messages=STORY) as stream:
        text = "".join([piece async for piece in stream.text_stream])
    called = await ask(aclient, messages=BOTH, tools=tools)
    assert answer.content[0].text
    assert len(text) > 20
    assert called.stop_reason == "tool_use"
