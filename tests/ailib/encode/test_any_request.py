"""Whatever a caller puts together is sent as JSON, or refused before the network."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ailib.errors import AiLibError
from ailib.manifest import load_provider
from ailib.types import ChatRequest, ContentBlock, Message, MessageRole, RawBlock, ToolDefinition

FAMILIES = ("openai", "anthropic", "gemini", "cohere", "ollama", "bedrock", "dashscope", "mistral")

text = st.text(max_size=12)
json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(text, json_value, max_size=3)
ids = st.sampled_from(["a", "b", "functions.f:0", "", "toolu_01"])
blocks = st.one_of(
    st.builds(ContentBlock.text, text),
    st.builds(ContentBlock.image_base64, text, st.sampled_from(["image/png", "image/x-odd", ""])),
    st.builds(ContentBlock.image_url, text),
    st.builds(ContentBlock.audio_base64, text),
    st.builds(lambda data, name: ContentBlock.document_base64(data, name=name), text, text),
    st.builds(lambda t, s: ContentBlock.thinking(t, signature=s), text, st.none() | text),
    st.builds(ContentBlock.tool_use, ids, text, objects),
    st.builds(ContentBlock.tool_result, ids, json_value),
    st.builds(
        lambda inner: ContentBlock.tool_result("a", inner), st.just([ContentBlock.text("x")])
    ),
    st.builds(RawBlock, json_value),
)
messages = st.builds(
    Message,
    st.sampled_from(list(MessageRole)),
    text | st.lists(blocks, max_size=4).map(tuple),
)
tools = st.builds(ToolDefinition, text, text, objects, st.none() | st.booleans())
formats = st.none() | st.sampled_from(
    [
        {"type": "text"},
        {"type": "json_object"},
        {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}},
        {"type": "odd"},
    ]
)
choices = st.none() | st.sampled_from(["auto", "none", "required", "odd", {"name": "f"}, {}])
names = st.sampled_from(["temperature", "max_tokens", "stop", "n", "user", "logprobs", "own"])
requests = st.builds(
    ChatRequest,
    model=text,
    messages=st.lists(messages, max_size=5).map(tuple),
    params=st.dictionaries(names, json_value, max_size=4),
    tools=st.lists(tools, max_size=2).map(tuple),
    tool_choice=choices,
    response_format=formats,
    stream=st.booleans(),
    extra_body=objects,
)


@pytest.mark.parametrize("provider", FAMILIES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(request=requests)
def test_a_request_is_json_or_refused(provider, request):
    loaded = load_provider(provider, env={})
    for name in loaded.api_names():
        if name in ("embeddings", "rerank"):
            continue
        try:
            made = loaded.api(name, request.model).encode(request, credential="key")
        except AiLibError:
            continue
        assert isinstance(json.loads(made.body), dict)
        assert made.url.isascii()
