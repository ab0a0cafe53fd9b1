"""SDKs of vendors whose API is OpenAI's, with each vendor's own quirks."""

from __future__ import annotations

import json

import jsonschema
import pytest

STORY = [{"role": "user", "content": "Tell me a story"}]
BOTH = [{"role": "user", "content": "Use get_weather and get_news"}]


def groq(mocks):
    made = pytest.importorskip("groq").Groq(
        base_url=mocks.url("groq"), api_key="gsk_mock0123456789abcdef", max_retries=0,
        _strict_response_validation=True,
    )  # fmt: skip
    return made, "llama-3.3-70b-versatile"


def together(mocks):
    made = pytest.importorskip("together").Together(
        base_url=mocks.url("together"), api_key="mock0123456789abcdef", max_retries=0
    )
    return made, "meta-llama/Llama-3.3-70B-Instruct-Turbo"


def cerebras(mocks):
    made = pytest.importorskip("cerebras.cloud.sdk").Cerebras(
        base_url=mocks.url("cerebras"), api_key="csk-mock0123456789abcdef", max_retries=0,
        warm_tcp_connection=False,
    )  # fmt: skip
    return made, "llama3.1-8b"


def zai(mocks):
    made = pytest.importorskip("zai").ZaiClient(
        base_url=mocks.url("zhipu"), api_key="mock0123456789abcdef.mock0123456789ab", max_retries=0
    )
    return made, "glm-4.5"


def huggingface(mocks):
    made = pytest.importorskip("huggingface_hub").InferenceClient(
        base_url=mocks.url("huggingface"), api_key="hf_mock0123456789abcdef"
    )
    return made, "meta-llama/Llama-3.3-70B-Instruct"


CLIENTS = [groq, together, cerebras, zai, huggingface]


@pytest.fixture(scope="module", params=CLIENTS, ids=lambda make: make.__name__)
def asked(mocks, request):
    """Asks the SDK's chat completions with its provider's model."""
    client, model = request.param(mocks)
    return lambda **options: client.chat.completions.create(**{"model": model} | options)


def test_chat(asked):
    answer = asked(messages=STORY)
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens > 0


def test_stream(asked):
    chunks = [chunk for chunk in asked(messages=STORY, stream=True) if chunk.choices]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert len(text) > 20
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_parallel_tools_and_the_second_turn(asked, tools, weather):
    first = asked(messages=BOTH, tools=tools).choices[0]
    calls = first.message.tool_calls
    assert first.finish_reason == "tool_calls"
    assert [call.function.name for call in calls] == ["get_weather", "get_news"]
    for call in calls:
        jsonschema.validate(json.loads(call.function.arguments), weather)
    said = {
        "role": "assistant",
        "content": "",
        "tool_calls": [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.function.name, "arguments": call.function.arguments},
            }
            for call in calls
        ],
    }
    results = [{"role": "tool", "tool_call_id": c.id, "content": "sunny, 21"} for c in calls]
    second = asked(messages=[*BOTH, said, *results], tools=tools)
    assert "sunny, 21" in second.choices[0].message.content


def test_streamed_tools(asked, tools, weather):
    arguments = {}
    for chunk in asked(messages=BOTH, tools=tools, stream=True):
        for call in (chunk.choices and chunk.choices[0].delta.tool_calls) or ():
            arguments.setdefault(call.index, []).append(call.function.arguments or "")
    assert sorted(arguments) == [0, 1]
    for pieces in arguments.values():
        jsonschema.validate(json.loads("".join(pieces)), weather)


def test_mistral(mocks, tools, weather):
    mistral = pytest.importorskip("mistralai.client").Mistral(
        server_url=mocks.url("mistral"), api_key="mock0123456789abcdef"
    )
    model = "mistral-small-latest"
    answer = mistral.chat.complete(model=model, messages=STORY)
    events = [event.data for event in mistral.chat.stream(model=model, messages=STORY)]
    called = mistral.chat.complete(model=model, messages=BOTH, tools=tools)
    streamed = [e.data for e in mistral.chat.stream(model=model, messages=BOTH, tools=tools)]
    thought = mistral.chat.complete(model=model, messages=STORY, prompt_mode="reasoning")
    made = mistral.embeddings.create(model="mistral-embed", inputs=["a"])
    assert answer.choices[0].message.content
    assert len("".join(e.choices[0].delta.content for e in events)) > 20
    assert events[-1].usage.total_tokens > 0
    for calls in (called.choices[0].message.tool_calls, streamed[-1].choices[0].delta.tool_calls):
        assert [call.function.name for call in calls] == ["get_weather", "get_news"]
        for call in calls:
            jsonschema.validate(json.loads(call.function.arguments), weather)
    assert [part.type for part in thought.choices[0].message.content] == ["thinking", "text"]
    assert made.data[0].embedding
    assert "mistral-small-latest" in [one.id for one in mistral.models.list().data]


ASYNC = {
    "groq": ("groq", "AsyncGroq", "groq", "gsk_mock0123456789abcdef"),
    "together": ("together", "AsyncTogether", "together", "mock0123456789abcdef"),
    "cerebras": ("cerebras.cloud.sdk", "AsyncCerebras", "cerebras", "csk-mock0123456789abcdef"),
    "huggingface": ("huggingface_hub", "AsyncInferenceClient", "huggingface", "hf_mock0123456789"),
}
MODELS = {
    "groq": "llama-3.3-70b-versatile",
    "together": "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "cerebras": "llama3.1-8b",
    "huggingface": "meta-llama/Llama-3.3-70B-Instruct",
}


@pytest.mark.parametrize("name", ASYNC)
async def test_async(mocks, name):
    module, kind, provider, key = ASYNC[name]
    made = getattr(pytest.importorskip(module), kind)(base_url=mocks.url(provider), api_key=key)
    async with made as client:
        ask = client.chat.completions.create
        answer = await ask(model=MODELS[name], messages=STORY)
        stream = await ask(model=MODELS[name], messages=STORY, stream=True)
        pieces = [c.choices[0].delta.content or "" async for c in stream if c.choices]
    assert answer.choices[0].message.content
    assert len("".join(pieces)) > 20


def test_a_model_that_always_reasons(mocks):
    openai = pytest.importorskip("openai")
    with openai.OpenAI(base_url=mocks.url("deepseek"), api_key="sk-test", max_retries=0) as client:
        ask = client.chat.completions.create
        message = ask(model="deepseek-reasoner", messages=STORY).choices[0].message
        deltas = [
            chunk.choices[0].delta
            for chunk in ask(model="deepseek-reasoner", messages=STORY, stream=True)
        ]
        plain = ask(model="deepseek-chat", messages=STORY).choices[0].message
    assert message.reasoning_content
    assert message.content
    assert "".join(delta.reasoning_content or "" for delta in deltas[:5])
    assert deltas[2].content is None
    assert not hasattr(plain, "reasoning_content")


async def test_async_mistral(mocks):
    async with pytest.importorskip("mistralai.client").Mistral(
        server_url=mocks.url("mistral"), api_key="mock0123456789abcdef"
    ) as client:
        model = "mistral-small-latest"
        answer = await client.chat.complete_async(model=model, messages=STORY)
        stream = await client.chat.stream_async(model=model, messages=STORY)
        events = [event.data async for event in stream]
    assert answer.choices[0].message.content
    assert events[-1].choices[0].finish_reason == "stop"
