"""The official openai package against the mocks, parsing strictly."""

from __future__ import annotations

import json

import jsonschema
import pytest
from pydantic import BaseModel

openai = pytest.importorskip("openai")

KEY = "sk-test-0123456789abcdef"
STORY = [{"role": "user", "content": "Tell me a story"}]
BOTH = [{"role": "user", "content": "Use get_weather and get_news"}]


class City(BaseModel):
    name: str
    population: int
    tags: list[str]


@pytest.fixture(scope="module")
def client(mocks):
    with openai.OpenAI(
        base_url=mocks.url("openai"), api_key=KEY, max_retries=0, _strict_response_validation=True
    ) as made:
        yield made


@pytest.fixture
async def aclient(mocks):
    async with openai.AsyncOpenAI(
        base_url=mocks.url("openai"), api_key=KEY, max_retries=0, _strict_response_validation=True
    ) as made:
        yield made


def test_chat(client):
    answer = client.chat.completions.create(model="gpt-4o", messages=STORY)
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.prompt_tokens > 0
    assert answer.usage.completion_tokens > 0
    assert answer._request_id.startswith("req_")


def test_stream_adds_up_and_ends_with_usage(client):
    chunks = list(
        client.chat.completions.create(
            model="gpt-4o", messages=STORY, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    reasons = [c.choices[0].finish_reason for c in chunks if c.choices]
    assert len(text) > 20
    assert reasons[-1] == "stop"
    assert not any(reasons[:-1])
    assert chunks[-1].usage.completion_tokens == len(chunks) - 3


def test_stream_helper(client):
    with client.chat.completions.stream(model="gpt-4o", messages=STORY) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert {"chunk", "content.delta", "content.done"} <= kinds
    assert final.choices[0].message.content


def test_n_stop_and_limit(client):
    answer = client.chat.completions.create(model="gpt-4o", messages=STORY, n=3)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    cut = client.chat.completions.create(model="gpt-4o", messages=STORY, max_completion_tokens=3)
    assert (cut.choices[0].finish_reason, cut.usage.completion_tokens) == ("length", 3)
    stopped = client.chat.completions.create(model="gpt-4o", messages=STORY, stop=[" "])
    assert " " not in stopped.choices[0].message.content
    assert stopped.choices[0].finish_reason == "stop"


def test_seed_repeats(client):
    first, second = (
        client.chat.completions.create(model="gpt-4o", messages=STORY, seed=7).choices
        for _ in range(2)
    )
    assert first[0].message.content == second[0].message.content


def test_logprobs(client):
    choice = client.chat.completions.create(
        model="gpt-4o", messages=STORY, logprobs=True, top_logprobs=3
    ).choices[0]
    assert "".join(t.token for t in choice.logprobs.content) == choice.message.content
    assert {len(t.top_logprobs) for t in choice.logprobs.content} == {3}


def test_parallel_tools_and_the_second_turn(client, tools, weather):
    first = client.chat.completions.create(model="gpt-4o", messages=BOTH, tools=tools).choices[0]
    calls = first.message.tool_calls
    assert first.finish_reason == "tool_calls"
    assert [call.function.name for call in calls] == ["get_weather", "get_news"]
    for call in calls:
        jsonschema.validate(json.loads(call.function.arguments), weather)
    results = [{"role": "tool", "tool_call_id": c.id, "content": "sunny, 21"} for c in calls]
    messages = [*BOTH, first.message.model_dump(exclude_none=True), *results]
    second = client.chat.completions.create(model="gpt-4o", messages=messages, tools=tools)
    assert second.choices[0].finish_reason == "stop"
    assert "sunny, 21" in second.choices[0].message.content


@pytest.mark.parametrize("names", [("get_weather",), ("get_weather", "get_news")])
def test_streamed_tools(client, tools, weather, names):
    offered = [tool for tool in tools if tool["function"]["name"] in names]
    with client.chat.completions.stream(model="gpt-4o", messages=BOTH, tools=offered) as stream:
        deltas = [e for e in stream if e.type == "tool_calls.function.arguments.delta"]
        choice = stream.get_final_completion().choices[0]
    calls = choice.message.tool_calls
    assert [call.function.name for call in calls] == list(names)
    assert len(deltas) > 4 * len(names)
    for call in calls:
        jsonschema.validate(json.loads(call.function.arguments), weather)


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("none", None),
        ("required", "get_weather"),
        ({"type": "function", "function": {"name": "get_news"}}, "get_news"),
    ],
)
def test_tool_choice(client, tools, choice, called):
    message = client.chat.completions.create(
        model="gpt-4o", messages=STORY, tools=tools, tool_choice=choice
    ).choices[0]
    names = [call.function.name for call in message.message.tool_calls or ()]
    assert names == ([called] if called else [])


def test_structured_output_is_parsed(client):
    answer = client.chat.completions.parse(model="gpt-4o", messages=STORY, response_format=City)
    assert isinstance(answer.choices[0].message.parsed, City)


def test_reasoning_is_counted_but_hidden(client):
    answer = client.chat.completions.create(model="o4-mini", messages=STORY, reasoning_effort="low")
    details = answer.usage.completion_tokens_details
    assert 0 < details.reasoning_tokens < answer.usage.completion_tokens


def test_an_image_costs_tokens(client, pixel):
    parts = [
        {"type": "text", "text": "Tell me a story"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{pixel}"}},
    ]
    with_image = client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": parts}]
    )
    without = client.chat.completions.create(model="gpt-4o", messages=STORY)
    assert with_image.usage.prompt_tokens > without.usage.prompt_tokens + 80


def test_embeddings(client):
    lax = client.with_options(_extra_kwargs={"_strict_response_validation": False})  # it asks for
    # base64 on its own and decodes it, which its strict parser does not know
    made = lax.embeddings.create(model="text-embedding-3-small", input=["a", "b"], dimensions=16)
    plain = client.embeddings.create(
        model="text-embedding-3-small", input=["a", "b"], dimensions=16, encoding_format="float"
    )
    assert [len(item.embedding) for item in made.data] == [16, 16]
    assert made.data[0].embedding == pytest.approx(plain.data[0].embedding, abs=1e-6)
    assert made.usage.prompt_tokens > 0


def test_models(client):
    listed = [model.id for model in client.models.list()]
    assert "gpt-4o" in listed
    assert client.models.retrieve("gpt-4o").id == "gpt-4o"


def test_responses(client):
    answer = client.responses.create(model="gpt-5", input="Tell me a story")
    assert answer.output_text
    assert answer.status == "completed"
    assert answer.usage.output_tokens > 0


def test_responses_stream(client):
    with client.responses.stream(model="gpt-5", input="Tell me a story") as stream:
        text = "".join(e.delta for e in stream if e.type == "response.output_text.delta")
        final = stream.get_final_response()
    assert text == final.output_text
    assert final.usage.total_tokens > 0


def test_responses_that_are_cut_are_incomplete(client):
    answer = client.responses.create(model="gpt-5", input="hi", max_output_tokens=16)
    events = client.responses.create(model="gpt-5", input="hi", max_output_tokens=16, stream=True)
    assert (answer.status, answer.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert [event.type for event in events][-1] == "response.incomplete"


def test_responses_tools_and_the_second_turn(client, weather):
    tools = [
        {"type": "function", "name": name, "parameters": weather, "strict": True}
        for name in ("get_weather", "get_news")
    ]
    with client.responses.stream(model="gpt-5", input=BOTH, tools=tools) as stream:
        for _ in stream:
            pass
        first = stream.get_final_response()
    calls = [item for item in first.output if item.type == "function_call"]
    assert [call.name for call in calls] == ["get_weather", "get_news"]
    for call in calls:
        jsonschema.validate(json.loads(call.arguments), weather)
    results = [
        {"type": "function_call_output", "call_id": c.call_id, "output": "sunny, 21"} for c in calls
    ]
    turns = [*BOTH, *[c.model_dump(exclude_none=True) for c in calls], *results]
    second = client.responses.create(model="gpt-5", input=turns, tools=tools)
    assert "sunny, 21" in second.output_text


def test_responses_reasoning_and_structured_output(client):
    answer = client.responses.parse(
        model="gpt-5",
        input="hi",
        text_format=City,
        reasoning={"effort": "low", "summary": "auto"},
    )
    assert isinstance(answer.output_parsed, City)
    thought = next(item for item in answer.output if item.type == "reasoning")
    assert thought.summary[0].text
    assert answer.usage.output_tokens_details.reasoning_tokens > 0


async def test_async_chat_stream_and_tools(aclient, tools):
    answer = await aclient.chat.completions.create(model="gpt-4o", messages=STORY)
    stream = await aclient.chat.completions.create(model="gpt-4o", messages=STORY, stream=True)
    text = "".join([c.choices[0].delta.content or "" async for c in stream])
    called = await aclient.chat.completions.create(model="gpt-4o", messages=BOTH, tools=tools)
    assert answer.choices[0].message.content
    assert len(text) > 20
    assert len(called.choices[0].message.tool_calls) == 2


async def test_async_responses(aclient):
    async with aclient.responses.stream(model="gpt-5", input="hi") as stream:
        text = "".join([e.delta async for e in stream if e.type == "response.output_text.delta"])
        final = await stream.get_final_response()
    assert text == final.output_text


def test_azure(mocks):
    client = openai.AzureOpenAI(
        azure_endpoint=mocks.url("azure"),
        api_key="0123456789abcdef0123456789abcdef",
        api_version="2024-10-21",
        max_retries=0,
    )
    answer = client.chat.completions.create(model="gpt-4o", messages=STORY)
    chunks = client.chat.completions.create(model="gpt-4o", messages=STORY, stream=True)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert answer.choices[0].message.content
    assert len(text) > 20
