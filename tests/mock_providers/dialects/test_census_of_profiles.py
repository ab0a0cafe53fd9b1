"""Chat completions with the quirks of each profile, against that provider's own recordings."""

from __future__ import annotations

import json
from random import Random

import pytest

from mock_providers.answer import generate
from mock_providers.dialects import DIALECTS, Inbound
from mock_providers.dialects.openai_quirks import build_quirks
from mock_providers.profiles import load_profile, provider_names
from tests.support.census import census
from tests.support.shapes import differences

FAMILIES = {
    "azure": "azure.chat",
    "cerebras": "cerebras.chat",
    "deepseek": "deepseek.chat",
    "groq": "groq.chat",
    "huggingface": "huggingface.chat",
    "mistral": "mistral.chat",
    "moonshot": "moonshot.chat",
    "openrouter": "openrouter.chat",
    "perplexity": "perplexity.chat",
    "qwen": "alibaba.chat",
    "together": "together.chat",
    "xai": "xai.chat",
    "zhipu": "zai.chat",
}
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
USER = [{"role": "user", "content": "Tell me a story"}]
ASKS_TOOL = [{"role": "user", "content": "Use get_weather"}]
CASES = {
    "text": {"messages": USER},
    "tool": {
        "messages": ASKS_TOOL,
        "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": CITY}}],
    },
    "reasoning": {"messages": USER, "reasoning_effort": "low"},
}
RARE: dict[str, dict[str, str]] = {}
"""Paths in no recording of the provider, with the reason they are right."""
NO_TOOLS = {"perplexity": "sonar models take no tools"}
UNRECORDED = {
    ("moonshot", ""): "its only recorded stream was written by hand, without `object`",
    ("together", "tool"): "its two recorded streams hold text only",
}
"""Streams for which no recording can stand witness."""


def exchange(provider, case, *, stream):
    dialect = DIALECTS["openai_chat"]
    options = {"stream_options": {"include_usage": True}} if stream else {}
    body = {"model": "some-model", "stream": stream, **options, **CASES[case]}
    asked = dialect.ask(Inbound("POST", "/", json=body), "chat")
    context = load_profile(provider).context("openai_chat", Random(1), 1.8e9)
    return dialect, generate(asked, Random(2)), asked, context


PAIRS = [(p, c) for p in FAMILIES for c in CASES if not (c == "tool" and p in NO_TOOLS)]


@pytest.mark.parametrize(("provider", "case"), PAIRS)
def test_a_plain_body_has_the_recorded_shape(provider, case):
    dialect, turn, asked, context = exchange(provider, case, stream=False)
    body = json.loads(dialect.encode(dialect.body(turn, asked, context)))
    known = census(FAMILIES[provider])["body"]
    assert differences(body, known, (), RARE.get(provider, {})) == []


@pytest.mark.parametrize(("provider", "case"), PAIRS)
def test_the_chunks_have_the_recorded_shape(provider, case):
    known = census(FAMILIES[provider])
    if "stream:chunk" not in known:
        pytest.skip("no stream of this provider was recorded")
    if reason := UNRECORDED.get((provider, case)) or UNRECORDED.get((provider, "")):
        pytest.skip(reason)
    dialect, turn, asked, context = exchange(provider, case, stream=True)
    problems: list[str] = []
    for event in dialect.events(turn, asked, context):
        if isinstance(event.data, dict):
            problems += differences(event.data, known["stream:chunk"], (), RARE.get(provider, {}))
    assert sorted(set(problems)) == []


@pytest.mark.parametrize("provider", provider_names())
def test_the_quirks_of_every_profile_are_known(provider):
    facts = load_profile(provider).dialects.get("openai_chat")
    if facts is not None:
        build_quirks(facts.quirks)
