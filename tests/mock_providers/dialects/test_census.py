"""The shape of what the mocks send, against 14,357 recorded exchanges.

No JSON path that no real answer has, none missing that every real answer has, types as recorded.
Exceptions stand below with their reasons.
"""

from __future__ import annotations

import json
from random import Random

import pytest

from mock_providers.answer import generate
from mock_providers.dialects import DIALECTS, Context, Inbound
from tests.support.census import census
from tests.support.shapes import differences

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
TOOLS = ("get_weather", "get_news")
USER = [{"role": "user", "content": "Tell me a story"}]
ASKS_TOOL = [{"role": "user", "content": "Use get_weather and get_news"}]


def function(name):
    return {"type": "function", "function": {"name": name, "parameters": CITY}}


CHAT = {
    "text": {"messages": USER, "stream_options": {"include_usage": True}},
    "tool": {"messages": ASKS_TOOL, "tools": [function("get_weather")]},
    "tools": {"messages": ASKS_TOOL, "tools": [function(name) for name in TOOLS]},
    "n": {"messages": USER, "n": 2},
    "length": {"messages": USER, "max_tokens": 2},
    "logprobs": {"messages": USER, "logprobs": True, "top_logprobs": 2},
    "reasoning": {"messages": USER, "reasoning_effort": "low"},
    "json": {"messages": USER, "response_format": {"type": "json_object"}},
}
RESPONSES = {
    "text": {"input": "Tell me a story"},
    "tools": {
        "input": ASKS_TOOL,
        "tools": [{"type": "function", "name": n, "parameters": CITY} for n in TOOLS],
    },
    "reasoning": {"input": "hi", "reasoning": {"effort": "low", "summary": "auto"}},
    "encrypted": {
        "input": "hi", "reasoning": {"effort": "low"}, "include": ["reasoning.encrypted_content"],
    },
    "length": {"input": "hi", "max_output_tokens": 2},
    "schema": {
        "input": "hi",
        "text": {"format": {"type": "json_schema", "name": "c", "schema": CITY, "strict": True}},
    },
}  # fmt: skip
MESSAGES = {
    "text": {"messages": USER},
    "tools": {
        "messages": ASKS_TOOL,
        "tools": [{"name": name, "input_schema": CITY} for name in TOOLS],
    },
    "thinking": {"messages": USER, "thinking": {"type": "enabled", "budget_tokens": 1024}},
    "length": {"messages": USER, "max_tokens": 2},
    "stop": {"messages": USER, "stop_sequences": ["e"]},
}


def contents(text, **more):
    return {"contents": [{"role": "user", "parts": [{"text": text}]}], **more}


GENERATE = {
    "text": contents("Tell me a story"),
    "tools": contents(
        "Use get_weather and get_news",
        tools=[{"functionDeclarations": [{"name": n, "parameters": CITY} for n in TOOLS]}],
    ),
    "thoughts": contents("hi", generationConfig={"thinkingConfig": {"includeThoughts": True}}),
    "length": contents("hi", generationConfig={"maxOutputTokens": 2}),
}

COHERE = {
    "text": {"messages": USER},
    "tools": {"messages": ASKS_TOOL, "tools": [function(name) for name in TOOLS]},
    "thinking": {"messages": USER, "thinking": {"type": "enabled"}},
    "length": {"messages": USER, "max_tokens": 2},
}
OLLAMA = {
    "text": {"messages": USER},
    "tools": {"messages": ASKS_TOOL, "tools": [function(name) for name in TOOLS]},
    "thinking": {"messages": USER, "think": True},
    "length": {"messages": USER, "options": {"num_predict": 2}},
}
CONVERSE = {
    "text": {"messages": [{"role": "user", "content": [{"text": "Tell me a story"}]}]},
    "tools": {
        "messages": [{"role": "user", "content": [{"text": "Use get_weather and get_news"}]}],
        "toolConfig": {
            "tools": [{"toolSpec": {"name": n, "inputSchema": {"json": CITY}}} for n in TOOLS]
        },
    },
    "thinking": {
        "messages": [{"role": "user", "content": [{"text": "hi"}]}],
        "additionalModelRequestFields": {"thinking": {"type": "enabled"}},
    },
}

FREE = {
    "bedrock_converse": ("output.message.content[].toolUse.input",),
    "ollama_chat": ("message.tool_calls[].function.arguments",),
    "openai_responses": ("text.format.schema", "tools[].parameters"),
    "anthropic": ("content[].input",),
    "gemini": ("candidates[].content.parts[].functionCall.args",),
}
"""Below these paths stands what the caller's own schema says."""

RARE = {
    "openai_chat": {},
    "openai_responses": {
        "response.reasoning.context": "null without reasoning; the 9 recorded ones reason",
    },
    "anthropic": {},
    "bedrock_converse": {},
    "cohere_chat": {},
    "gemini": {},
    "ollama_chat": {},
}
"""Paths in no recording, with the source that documents them."""

FAMILIES = {
    "openai_chat": ("openai.chat", CHAT),
    "openai_responses": ("openai.responses", RESPONSES),
    "anthropic": ("anthropic.messages", MESSAGES),
    "gemini": ("gemini.generateContent", GENERATE),
    "bedrock_converse": ("bedrock.converse", CONVERSE),
    "cohere_chat": ("cohere.v2chat", COHERE),
    "ollama_chat": ("ollama.api_chat", OLLAMA),
}
CASES = [(name, case) for name, (_, cases) in FAMILIES.items() for case in cases]


def answered(name, case, *, stream):
    dialect = DIALECTS[name]
    body = {"model": "some-model", "stream": stream, **FAMILIES[name][1][case]}
    verb = "streamGenerateContent" if stream else "generateContent"
    paths = {
        "gemini": f"/v1beta/models/some-model:{verb}",
        "bedrock_converse": "/model/m/converse" + "-stream" * stream,
    }
    path = paths.get(name, "/")
    asked = dialect.ask(Inbound("POST", path, query={"alt": "sse"}, json=body), "chat")
    context = Context(Random(1), 1.8e9, "provider")
    return dialect, generate(asked, Random(2)), asked, context


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_plain_body_has_the_recorded_shape(name, case):
    dialect, turn, asked, context = answered(name, case, stream=False)
    body = json.loads(dialect.encode(dialect.body(turn, asked, context)))
    known = census(FAMILIES[name][0])["body"]
    assert differences(body, known, FREE.get(name, ()), RARE[name]) == []


NEW_IN_MODELS = dict.fromkeys(
    [
        "data[].lifecycle",
        *(
            f"data[].capabilities.{path}"
            for tool in ("code_execution", "web_search")
            for path in ("server_tools", f"server_tools.{tool}", f"server_tools.{tool}.supported")
        ),
        "data[].capabilities.server_tools.supported",
        *(
            f"data[].capabilities.thinking.types.{kind}{tail}"
            for kind in ("between_tools", "disabled")
            for tail in ("", ".supported")
        ),
    ],
    "required by the official SDK since 2.11, newer than the two recordings",
)
PLAIN = {
    "openai_embeddings": ("openai.embeddings", {"input": ["a", "b"], "dimensions": 8}, {}),
    "openai_models": ("openai.models", None, {}),
    "anthropic_models": ("anthropic.models", None, NEW_IN_MODELS),
    "gemini_embeddings": (
        "gemini.embeddings",
        {"requests": [{"content": {"parts": [{"text": "a"}]}, "outputDimensionality": 8}]},
        {},
    ),
    "cohere_embed": ("cohere.embed", {"texts": ["a", "b"], "output_dimension": 8}, {}),
    "cohere_rerank": ("cohere.rerank", {"query": "a", "documents": ["a", "b"]}, {}),
    "gemini_models": ("gemini.models", None, {}),
    "gemini_count_tokens": ("gemini.models", contents("hi"), {}),
}


@pytest.mark.parametrize("name", PLAIN)
def test_an_answer_that_never_streams_has_the_recorded_shape(name):
    family, body, rare = PLAIN[name]
    dialect = DIALECTS[name]
    asked = dialect.ask(Inbound("POST", "/", json=body), name.partition("_")[2])
    models = [{"id": "some-model", "created": 1715367049}]
    context = Context(Random(1), 1.8e9, "provider", models=models)
    made = json.loads(dialect.encode(dialect.body(generate(asked, Random(2)), asked, context)))
    assert differences(made, census(family)["body"], (), rare) == []


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_events_of_a_stream_have_the_recorded_shape(name, case):
    dialect, turn, asked, context = answered(name, case, stream=True)
    known = census(FAMILIES[name][0])
    free = tuple(
        prefix + path
        for path in FREE.get(name, ())
        for prefix in ("", "response.", "content_block.")
    )
    problems = []
    for event in dialect.events(turn, asked, context):
        if event.kind in ("end", "ping") and isinstance(event.data, str):
            continue
        shape = known[f"stream:{event.name or 'chunk'}"]
        problems += [f"{event.name}: {p}" for p in differences(event.data, shape, free, RARE[name])]
    assert problems == []


def test_the_comparison_sees_what_is_new_missing_or_of_another_type():
    known = census("openai.chat")["body"]
    problems = differences({"choices": [{"index": "0", "odd": 1}]}, known, (), {})
    assert "never recorded: choices[].odd" in problems
    assert "choices[].index is ['str'], recorded as ['int']" in problems
    assert "missing: usage" in problems
