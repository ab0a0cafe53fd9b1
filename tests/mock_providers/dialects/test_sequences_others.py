"""Streams of the further dialects run in the order most often recorded (census; SDKs)."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from itertools import groupby
from random import Random

import pytest

from mock_providers.answer import generate
from mock_providers.dialects import DIALECTS, Context, Inbound

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
STORY = [{"role": "user", "content": "Tell me a story"}]
BOTH = [{"role": "user", "content": "Use get_weather and get_news"}]
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": CITY}}
    for name in ("get_weather", "get_news")
]
BLOCKS = [{"role": "user", "content": [{"text": "Use get_weather"}]}]
SPEC = {"tools": [{"toolSpec": {"name": "get_weather", "inputSchema": {"json": CITY}}}]}


def stream(name, body, path="/", **inbound):
    dialect = DIALECTS[name]
    asked = dialect.ask(Inbound("POST", path, json=body, **inbound), "chat")
    context = Context(Random(1), 1.8e9, "provider")
    return list(dialect.events(generate(asked, Random(2)), asked, context)), dialect


def collapsed(words):
    return " ".join(word + "+" * (len(list(run)) > 1) for word, run in groupby(words))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            {"messages": STORY},
            "message-start content-start content-delta+ content-end message-end [DONE]",
        ),
        (
            {"messages": BOTH, "tools": TOOLS},
            "message-start tool-plan-delta+ tool-call-start tool-call-delta+ tool-call-end"
            " tool-call-start tool-call-delta+ tool-call-end message-end [DONE]",
        ),
        (
            {"messages": STORY, "thinking": {"type": "enabled"}},
            "message-start content-start content-delta+ content-end content-start content-delta+"
            " content-end message-end [DONE]",
        ),
    ],
)
def test_cohere(more, expected):
    events, dialect = stream("cohere_chat", {"model": "m", "stream": True, **more})
    assert collapsed(event.name or event.data for event in events) == expected
    assert dialect.frame(events[-1]) == b"data: [DONE]\n\n"


def test_ollama_streams_lines_unless_told_not_to():
    body = {"model": "m", "messages": BOTH, "tools": TOOLS, "think": True}
    events, dialect = stream("ollama_chat", body)
    lines = [json.loads(dialect.frame(event)) for event in events]
    words = [
        next(k for k in ("thinking", "tool_calls", "content") if k in x["message"]) for x in lines
    ]
    assert collapsed(words) == "thinking+ tool_calls+ content"
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]
    asked = dialect.ask(Inbound("POST", "/", json={**body, "stream": False}), "chat")
    assert asked.stream is False


def decoded(data):
    """Headers and payload of each event-stream frame, its sums checked."""
    while data:
        total, size, prelude = struct.unpack(">III", data[:12])
        assert prelude == zlib.crc32(data[:8])
        assert struct.unpack(">I", data[total - 4 : total])[0] == zlib.crc32(data[: total - 4])
        headers, rest = {}, data[12 : 12 + size]
        while rest:
            name = rest[1 : 1 + rest[0]].decode()
            rest = rest[1 + rest[0] :]
            kind, length = struct.unpack(">BH", rest[:3])
            assert kind == 7
            headers[name] = rest[3 : 3 + length].decode()
            rest = rest[3 + length :]
        yield headers, json.loads(data[12 + size : total - 4])
        data = data[total:]


def test_bedrock_converse_text_has_no_block_start():
    text = [{"role": "user", "content": [{"text": "Tell me a story"}]}]
    events, dialect = stream("bedrock_converse", {"messages": text}, "/model/m/converse-stream")
    frames = list(decoded(b"".join(map(dialect.frame, events))))
    assert collapsed(headers[":event-type"] for headers, _ in frames) == (
        "messageStart contentBlockDelta+ contentBlockStop messageStop metadata"
    )
    assert all("p" in payload for _, payload in frames)


def test_bedrock_converse_tool():
    events, dialect = stream(
        "bedrock_converse", {"messages": BLOCKS, "toolConfig": SPEC}, "/model/m/converse-stream"
    )
    frames = list(decoded(b"".join(map(dialect.frame, events))))
    assert collapsed(headers[":event-type"] for headers, _ in frames) == (
        "messageStart contentBlockStart contentBlockDelta+ contentBlockStop messageStop metadata"
    )


def test_bedrock_invoke_wraps_the_native_events():
    events, dialect = stream(
        "bedrock_invoke",
        {"messages": STORY, "max_tokens": 99},
        "/model/anthropic.claude/invoke-with-response-stream",
        params={"model": "anthropic.claude"},
    )
    frames = list(decoded(b"".join(map(dialect.frame, events))))
    native = [json.loads(base64.b64decode(payload["bytes"])) for _, payload in frames]
    assert collapsed(event["type"] for event in native) == (
        "message_start content_block_start content_block_delta+ content_block_stop message_delta"
        " message_stop"
    )
    assert "amazon-bedrock-invocationMetrics" in native[-1]


def test_legacy_completions():
    events, _ = stream(
        "openai_completions", {"model": "m", "prompt": "a", "stream": True, "max_tokens": 4}
    )
    reasons = [event.data["choices"][0]["finish_reason"] for event in events[:-1]]
    assert reasons == [None] * 4 + ["length"]
    assert events[-1].data == "[DONE]"


def test_dashscope_frames_are_numbered_and_hold_the_text_so_far():
    body = {"model": "m", "input": {"messages": STORY}, "parameters": {"result_format": "message"}}
    events, dialect = stream("dashscope", body, headers={"x-dashscope-sse": "enable"})
    told = [event.data["output"]["choices"][0]["message"]["content"] for event in events]
    reasons = [event.data["output"]["choices"][0]["finish_reason"] for event in events]
    assert told == sorted(told, key=len)
    assert collapsed(reasons) == "null+ stop"
    assert dialect.frame(events[1]).startswith(b"id:2\nevent:result\n:HTTP_STATUS/200\ndata:{")


def test_replicate_streams_what_a_look_up_tells():
    dialect = DIALECTS["replicate"]
    look_up = {"method": "GET", "path": "/v1/predictions/abc", "params": {"id": "abc"}}
    context = Context(Random(1), 1.8e9, "replicate")
    plain = dialect.ask(Inbound(**look_up, headers={"host": "h"}), "chat")
    body = dialect.body(generate(plain, Random(1)), plain, context)
    streamed = dialect.ask(
        Inbound(**look_up, headers={"host": "h", "accept": "text/event-stream"}), "chat"
    )
    events = list(dialect.events(generate(streamed, Random(2)), streamed, context))
    assert (body["status"], body["urls"]["get"]) == (
        "succeeded",
        "http://h/replicate/v1/predictions/abc",
    )
    assert [event.data for event in events[:-1]] == body["output"]
    assert dialect.frame(events[-1]) == b"event: done\nid: 1755600000:0\ndata: {}\n\n"
