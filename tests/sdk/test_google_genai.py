"""The official google-genai package against the mocks."""

from __future__ import annotations

import base64

import jsonschema
import pytest
from pydantic import BaseModel

genai = pytest.importorskip("google.genai")
types = pytest.importorskip("google.genai.types")

MODEL = "gemini-2.5-flash"
KEY = "AIzaSyMock0123456789abcdefghijklmnopqrs"


@pytest.fixture(scope="module", params=["v1", "v1beta", "v1alpha"])
def client(mocks, request):
    options = types.HttpOptions(base_url=mocks.url("gemini"), api_version=request.param)
    with genai.Client(api_key=KEY, http_options=options) as made:
        yield made


@pytest.fixture(scope="module")
def default(mocks):
    options = types.HttpOptions(base_url=mocks.url("gemini"))
    with genai.Client(api_key=KEY, http_options=options) as made:
        yield made


@pytest.fixture(scope="module")
def tools(weather):
    declared = [
        types.FunctionDeclaration(name=name, parameters_json_schema=weather)
        for name in ("get_weather", "get_news")
    ]
    return [types.Tool(function_declarations=declared)]


def config(**options):
    quiet = types.AutomaticFunctionCallingConfig(disable=True)
    return types.GenerateContentConfig(automatic_function_calling=quiet, **options)


def test_generate_and_stream_on_each_version(client):
    answer = client.models.generate_content(model=MODEL, contents="Tell me a story")
    chunks = list(client.models.generate_content_stream(model=MODEL, contents="Tell me a story"))
    assert answer.text
    assert answer.candidates[0].finish_reason == "STOP"
    assert answer.usage_metadata.candidates_token_count > 0
    assert len("".join(chunk.text or "" for chunk in chunks)) > 20
    assert chunks[-1].candidates[0].finish_reason == "STOP"
    assert chunks[-1].usage_metadata.total_token_count > 0


def test_stop_limit_and_candidates(default):
    def ask(**options):
        return default.models.generate_content(
            model=MODEL, contents="Tell me a story", config=config(**options)
        )

    cut = ask(max_output_tokens=3)
    assert cut.candidates[0].finish_reason == "MAX_TOKENS"
    assert cut.usage_metadata.candidates_token_count == 3
    assert " " not in ask(stop_sequences=[" "]).text
    assert len(ask(candidate_count=2).candidates) == 2
    assert ask(seed=7).text == ask(seed=7).text


def test_parallel_tools_and_the_second_turn(default, tools, weather):
    question = types.Content(
        role="user", parts=[types.Part.from_text(text="Use get_weather and get_news")]
    )
    first = default.models.generate_content(
        model=MODEL, contents=[question], config=config(tools=tools)
    )
    calls = first.function_calls
    assert [call.name for call in calls] == ["get_weather", "get_news"]
    for call in calls:
        jsonschema.validate(call.args, weather)
    results = [
        types.Part.from_function_response(name=c.name, response={"sky": "sunny, 21"}) for c in calls
    ]
    turns = [question, first.candidates[0].content, types.Content(role="user", parts=results)]
    second = default.models.generate_content(
        model=MODEL, contents=turns, config=config(tools=tools)
    )
    assert "sunny, 21" in second.text


def test_streamed_tools(default, tools, weather):
    chunks = default.models.generate_content_stream(
        model=MODEL, contents="Use get_weather", config=config(tools=tools)
    )
    calls = [call for chunk in chunks for call in chunk.function_calls or ()]
    assert [call.name for call in calls] == ["get_weather"]
    jsonschema.validate(calls[0].args, weather)


def test_automatic_function_calling(default):
    asked = []

    def get_weather(city: str) -> str:
        """Weather of a city."""
        asked.append(city)
        return "sunny, 21"

    answer = default.models.generate_content(
        model=MODEL,
        contents="What is the weather?",
        config=types.GenerateContentConfig(tools=[get_weather]),
    )
    assert len(asked) == 1
    assert "sunny, 21" in answer.text


def test_thoughts(default):
    thinking = types.ThinkingConfig(include_thoughts=True)
    answer = default.models.generate_content(
        model=MODEL, contents="hi", config=config(thinking_config=thinking)
    )
    assert [bool(part.thought) for part in answer.candidates[0].content.parts] == [True, False]
    assert answer.usage_metadata.thoughts_token_count > 0


def test_structured_output(default):
    class City(BaseModel):
        name: str
        population: int

    answer = default.models.generate_content(
        model=MODEL,
        contents="hi",
        config=config(response_mime_type="application/json", response_schema=City),
    )
    assert isinstance(answer.parsed, City)


def test_an_image_costs_tokens(default, pixel):
    image = types.Part.from_bytes(data=base64.b64decode(pixel), mime_type="image/png")
    seen = default.models.generate_content(model=MODEL, contents=["hi", image])
    plain = default.models.generate_content(model=MODEL, contents="hi")
    assert seen.usage_metadata.prompt_token_count == plain.usage_metadata.prompt_token_count + 258


def test_count_tokens(default):
    counted = default.models.count_tokens(model=MODEL, contents="Tell me a story")
    answer = default.models.generate_content(model=MODEL, contents="Tell me a story")
    assert counted.total_tokens == answer.usage_metadata.prompt_token_count


def test_embeddings(default):
    answer = default.models.embed_content(
        model="gemini-embedding-001",
        contents=["a", "b"],
        config=types.EmbedContentConfig(output_dimensionality=16),
    )
    assert [len(item.values) for item in answer.embeddings] == [16, 16]


def test_models(default):
    listed = [model.name for model in default.models.list()]
    assert f"models/{MODEL}" in listed
    assert default.models.get(model=MODEL).name == f"models/{MODEL}"


def test_chat_sessions_stream(default):
    chat = default.chats.create(model=MODEL)
    assert chat.send_message("hi").text
    assert "".join(chunk.text or "" for chunk in chat.send_message_stream("more"))


async def test_async(mocks, tools):
    options = types.HttpOptions(base_url=mocks.url("gemini"))
    async with genai.Client(api_key=KEY, http_options=options).aio as client:
        answer = await client.models.generate_content(model=MODEL, contents="hi")
        stream = await client.models.generate_content_stream(model=MODEL, contents="hi")
        text = "".join([chunk.text or "" async for chunk in stream])
        called = await client.models.generate_content(
            model=MODEL, contents="Use get_news", config=config(tools=tools)
        )
    assert answer.text
    assert text
    assert called.function_calls[0].name == "get_news"
