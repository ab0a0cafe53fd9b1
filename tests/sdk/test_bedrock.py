"""The official boto3 package against the mocks: Converse and InvokeModel, plain and streamed."""

from __future__ import annotations

import json

import jsonschema
import pytest

boto3 = pytest.importorskip("boto3")
config = pytest.importorskip("botocore.config")
exceptions = pytest.importorskip("botocore.exceptions")

NOVA = "amazon.nova-micro-v1:0"
CLAUDE = "anthropic.claude-haiku-4-5-20251001-v1:0"
STORY = [{"role": "user", "content": [{"text": "Tell me a story"}]}]
BOTH = [{"role": "user", "content": [{"text": "Use get_weather and get_news"}]}]


@pytest.fixture(scope="module")
def client(mocks):
    return boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=mocks.url("bedrock"),
        aws_access_key_id="AKIAMOCKMOCKMOCKMOCK",
        aws_secret_access_key="mock",
        config=config.Config(retries={"max_attempts": 1}),
    )


@pytest.fixture(scope="module")
def tools(weather):
    return {
        "tools": [
            {"toolSpec": {"name": name, "inputSchema": {"json": weather}}}
            for name in ("get_weather", "get_news")
        ]
    }


def test_converse(client):
    answer = client.converse(modelId=NOVA, messages=STORY)
    assert answer["output"]["message"]["content"][0]["text"]
    assert answer["stopReason"] == "end_turn"
    assert answer["usage"]["totalTokens"] > 0
    cut = client.converse(modelId=NOVA, messages=STORY, inferenceConfig={"maxTokens": 3})
    assert cut["stopReason"] == "max_tokens"


def test_converse_stream(client):
    events = list(client.converse_stream(modelId=NOVA, messages=STORY)["stream"])
    names = [next(iter(event)) for event in events]
    text = "".join(
        e["contentBlockDelta"]["delta"]["text"] for e in events if "contentBlockDelta" in e
    )
    assert len(text) > 20
    assert "contentBlockStart" not in names
    assert names[0] == "messageStart"
    assert names[-2:] == ["messageStop", "metadata"]
    assert events[-1]["metadata"]["usage"]["outputTokens"] > 0


def test_parallel_tools_and_the_second_turn(client, tools, weather):
    first = client.converse(modelId=NOVA, messages=BOTH, toolConfig=tools)
    message = first["output"]["message"]
    calls = [block["toolUse"] for block in message["content"]]
    assert first["stopReason"] == "tool_use"
    assert [call["name"] for call in calls] == ["get_weather", "get_news"]
    for call in calls:
        jsonschema.validate(call["input"], weather)
    results = [
        {"toolResult": {"toolUseId": c["toolUseId"], "content": [{"text": "sunny, 21"}]}}
        for c in calls
    ]
    turns = [*BOTH, message, {"role": "user", "content": results}]
    second = client.converse(modelId=NOVA, messages=turns, toolConfig=tools)
    assert "sunny, 21" in second["output"]["message"]["content"][0]["text"]


def test_streamed_tools(client, tools, weather):
    events = list(client.converse_stream(modelId=NOVA, messages=BOTH, toolConfig=tools)["stream"])
    names = [
        e["contentBlockStart"]["start"]["toolUse"]["name"]
        for e in events
        if "contentBlockStart" in e
    ]
    inputs = ["", ""]
    for event in events:
        if delta := event.get("contentBlockDelta"):
            inputs[delta["contentBlockIndex"]] += delta["delta"]["toolUse"]["input"]
    assert names == ["get_weather", "get_news"]
    for one in inputs:
        jsonschema.validate(json.loads(one), weather)


def test_reasoning(client):
    extra = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    answer = client.converse(modelId=CLAUDE, messages=STORY, additionalModelRequestFields=extra)
    first, second = answer["output"]["message"]["content"]
    assert first["reasoningContent"]["reasoningText"]["text"]
    assert second["text"]


@pytest.mark.parametrize(
    ("model", "body", "read"),
    [
        (
            CLAUDE,
            {
                "anthropic_version": "bedrock-2023-05-31",
                "max_tokens": 99,
                "messages": [{"role": "user", "content": "Tell me a story"}],
            },
            lambda answer: answer["content"][0]["text"],
        ),
        (
            NOVA,
            {"messages": STORY},
            lambda answer: answer["output"]["message"]["content"][0]["text"],
        ),
        (
            "us.meta.llama3-1-8b-instruct-v1:0",
            {"prompt": "Tell me a story"},
            lambda answer: answer["generation"],
        ),
        (
            "amazon.titan-embed-text-v2:0",
            {"inputText": "a", "dimensions": 16},
            lambda answer: len(answer["embedding"]) == 16,
        ),
        (
            "cohere.embed-english-v3",
            {"texts": ["a"], "input_type": "search_query"},
            lambda answer: answer["embeddings"][0],
        ),
    ],
)
def test_invoke(client, model, body, read):
    answer = client.invoke_model(modelId=model, body=json.dumps(body))
    assert read(json.loads(answer["body"].read()))


def test_invoke_stream_ends_with_the_metrics(client):
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 99,
        "messages": [{"role": "user", "content": "Tell me a story"}],
    }
    stream = client.invoke_model_with_response_stream(modelId=CLAUDE, body=json.dumps(body))
    events = [json.loads(event["chunk"]["bytes"]) for event in stream["body"]]
    assert [events[0]["type"], events[-1]["type"]] == ["message_start", "message_stop"]
    assert events[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] > 0


@pytest.mark.parametrize(
    ("row", "code", "status"),
    [
        ("rate_limited", "ThrottlingException", 429),
        ("invalid_request", "ValidationException", 400),
        ("permission_denied", "AccessDeniedException", 403),
        ("server_error", "InternalServerException", 500),
        ("unavailable", "ServiceUnavailableException", 503),
    ],
)
def test_errors(client, row, code, status):
    def fail(request, **_):
        request.headers["X-Mock-Fault"] = f"error({row})"

    client.meta.events.register("before-send.bedrock-runtime.Converse", fail)
    try:
        with pytest.raises(exceptions.ClientError) as caught:
            client.converse(modelId=NOVA, messages=STORY)
    finally:
        client.meta.events.unregister("before-send.bedrock-runtime.Converse", fail)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_an_exception_inside_a_stream(client):
    def fail(request, **_):
        request.headers["X-Mock-Fault"] = "error_event(rate_limited,after=2)"

    client.meta.events.register("before-send.bedrock-runtime.ConverseStream", fail)
    try:
        stream = client.converse_stream(modelId=NOVA, messages=STORY)["stream"]
        with pytest.raises(exceptions.EventStreamError) as caught:
            list(stream)
    finally:
        client.meta.events.unregister("before-send.bedrock-runtime.ConverseStream", fail)
    assert caught.value.response["Error"]["Code"] == "throttlingException"
