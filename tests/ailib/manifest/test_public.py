"""Manifests of the public format, V1 and V2, as they are."""

import json

import pytest
import yaml

from ailib import AiClient
from ailib.manifest import load_provider
from ailib.types import ChatRequest, Message
from mock_providers import MockServer
from tests.support.answers import read_body, read_stream, sse, told
from tests.support.shared import SHARED, shared

PUBLIC = sorted((SHARED / "ai-protocol").glob("v[12]/providers/*.yaml"))
HEAD = {
    "id": "tiny",
    "protocol_version": "2.0",
    "endpoint": {"base_url": "https://t.example/v1"},
}


def load(folder, **sections):
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump({**HEAD, **sections}), "utf-8")
    return load_provider(path, env={})


@pytest.mark.parametrize("path", PUBLIC, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_every_public_manifest_loads_and_encodes(path):
    provider = load_provider(path, env={})
    ask = ChatRequest("a-model", (Message.user("hi"),), {"max_tokens": 9}, stream=True)
    made = provider.api().encode(ask, credential="key")
    declared = yaml.safe_load(path.read_text("utf-8"))
    assert provider.id == declared["id"]
    assert made.url.startswith(declared["endpoint"]["base_url"])
    assert b"hi" in made.body


def test_a_known_dialect_is_read_by_its_family():
    provider = load_provider(shared("ai-protocol/v2/providers/gemini.yaml"), env={})
    frame = {
        "candidates": [
            {"content": {"parts": [{"text": "a"}, {"text": "b"}]}, "finishReason": "STOP"}
        ]
    }
    events, _ = read_stream(provider.api(), sse(frame))
    assert [e.get("content") for e in told(events)] == ["a", "b", None]
    ask = ChatRequest("g", (Message.user("hi"),), stream=True)
    made = provider.api().encode(ask, credential="k")
    assert made.url == (
        "https://generativelanguage.googleapis.com/v1beta/models/g:streamGenerateContent"
        "?alt=sse&key=k"
    )


def test_v1_parameter_mappings_are_paths(tmp_path):
    provider = load(
        tmp_path,
        payload_format="openai_style",
        parameter_mappings={"max_tokens": "input.limit", "temperature": "input.heat"},
    )
    ask = ChatRequest("m", (Message.user("hi"),), {"max_tokens": 9, "temperature": 0})
    assert provider.api().body(ask)["input"] == {"limit": 9, "heat": 0}


OWN = {
    "decoder": {"format": "sse", "done_signal": "[END]"},
    "frame_selector": "exists($.options)",
    "candidate": {"candidate_id_path": "$.options[*].nr", "fan_out": True},
    "accumulator": {"flush_on": "$.options[0].why == 'call'"},
    "stop_condition": "$.last == true",
    "event_map": [
        {
            "match": "$.options[0].text",
            "emit": "PartialContentDelta",
            "fields": {"content": "$.options[0].text"},
        },
        {
            "match": "$.options[0].call",
            "emit": "PartialToolCall",
            "fields": {
                "index": "$.options[0].call.nr",
                "tool_call_id": "$.options[0].call.id",
                "arguments": "$.options[0].call.args",
            },
        },
        {
            "match": "$.options[0].call.name",
            "emit": "ToolCallStarted",
            "fields": {
                "index": "$.options[0].call.nr",
                "tool_call_id": "$.options[0].call.id",
                "tool_name": "$.options[0].call.name",
            },
        },
        {
            "match": "$.options[0].why",
            "emit": "StreamEnd",
            "fields": {"finish_reason": "$.options[0].why"},
        },
    ],
}


def option(nr=0, **more):
    return {"options": [{"nr": nr, **more}]}


def test_an_unknown_dialect_is_read_by_its_own_event_map(tmp_path):
    api = load(tmp_path, streaming=OWN, termination={"mapping": {"call": "tool_use"}}).api()
    events, reader = read_stream(
        api,
        sse(
            {"ping": 1},
            {"options": [{"nr": 0, "text": "a"}, {"nr": 1, "text": "b"}]},
            option(call={"nr": 0, "id": "c1", "name": "f", "args": ""}),
            option(call={"nr": 0, "args": '{"x":1}'}),
            option(why="call"),
            {"options": [], "last": True},
        ),
    )
    assert [c.content for c in reader.response.candidates] == ["a", "b"]
    assert [(c.id, c.name, c.arguments) for c in reader.response.tool_calls] == [
        ("c1", "f", {"x": 1})
    ]
    assert reader.response.finish_reason == "tool_use"
    assert told(events)[-1]["event_type"] == "StreamEnd"


def test_paths_stand_for_an_event_map(tmp_path):
    streaming = {
        "decoder": {"format": "ndjson"},
        "content_path": "$.say",
        "usage_path": "$.bill",
        "stop_condition": "$.over == true",
    }
    api = load(tmp_path, streaming=streaming).api()
    lines = [{"say": "Hel"}, {"say": "lo", "bill": {"prompt_tokens": 7}}, {"over": True}]
    data = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
    _, reader = read_stream(api, data)
    assert (reader.response.content, reader.response.prompt_tokens) == ("Hello", 7)


def test_a_plain_body_is_read_by_its_response_paths(tmp_path):
    api = load(
        tmp_path,
        response_paths={
            "content": "result.say",
            "reasoning": "result.muse",
            "usage": "result.bill",
            "finish_reason": "$.result.why",
        },
        features={
            "response_mapping": {
                "tool_calls": {
                    "path": "result.calls",
                    "fields": {"id": "_generate_uuid", "name": "f.title", "args": "f.input"},
                }
            }
        },
    ).api()
    response = read_body(
        api,
        {
            "result": {
                "say": "Hi",
                "muse": "hm",
                "bill": {"prompt_tokens": 7, "completion_tokens": 3},
                "why": "stop",
                "calls": [{"f": {"title": "g", "input": {"x": 1}}}],
            }
        },
    )
    assert (response.content, response.thinking, response.total_tokens) == ("Hi", "hm", 10)
    assert [(c.name, c.arguments) for c in response.tool_calls] == [("g", {"x": 1})]
    assert response.tool_calls[0].id
    assert response.finish_reason == "tool_use"


# What comes after the mocks' address: the public manifests have the version in the base URL.
VERSIONS = {"anthropic": "/v1", "gemini": "/v1beta", "cohere": "/v2", "groq": "/openai/v1"}


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_public_manifests_chat_and_stream(version):
    folder = shared(f"ai-protocol/{version}/providers")
    with MockServer(any_model=True) as server:
        served = set(server.app.providers)
        for name in sorted(path.stem for path in folder.glob("*.yaml") if path.stem in served):
            default = "/v1" if name == "mistral" else ""
            client = await AiClient.create(
                f"{name}/some-model",
                api_key="sk-test-1234567890abcdef",
                base_url=server.url(name) + VERSIONS.get(name, default),
                protocol_dir=folder,
            )
            plain = await client.chat().system("Short.").user("Hi").max_tokens(50).execute()
            stream = client.chat().user("Hi").stream()
            events = [event async for event in stream]
            await client.close()
            assert plain.content, name
            assert plain.usage, name
            assert stream.response.content, name
            assert events[-1].is_stream_end, name
