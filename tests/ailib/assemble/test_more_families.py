"""Cohere, Ollama, Bedrock and DashScope: whole event lists of recorded shapes."""

import binascii
import json
import struct

import pytest

from ailib.errors import RemoteError, TruncatedStreamError
from ailib.types import RawBlock, TextBlock, ThinkingBlock, ToolUseBlock
from tests.support.answers import api_of, read_body, read_stream, sse, told


def of(provider, data):
    whole, reader = read_stream(api_of(provider), data)
    bytewise, again = read_stream(api_of(provider), data, 1)
    assert told(whole) == told(bytewise)
    assert reader.response == again.response
    return told(whole), reader.response


def kinds(events):
    return [event["event_type"] for event in events]


# Cohere


def co(kind, index=None, **delta):
    return {"type": kind, "index": index, "delta": delta}


def co_text(text, index=0):
    return co("content-delta", index, message={"content": {"text": text}})


def co_call(kind, index, **call):
    return co(f"tool-call-{kind}", index, message={"tool_calls": call})


CO_USAGE = {
    "billed_units": {"input_tokens": 3, "output_tokens": 2},
    "tokens": {"input_tokens": 70, "output_tokens": 5},
    "cached_tokens": 60,
}


def test_cohere_plan_and_parallel_calls():
    function = {"name": "f", "arguments": ""}
    events, response = of(
        "cohere",
        sse(
            {"type": "message-start", "id": "co-1", "delta": {"message": {"role": "assistant"}}},
            co("tool-plan-delta", message={"tool_plan": "I will"}),
            co_call("start", 0, id="a", type="function", function=function),
            co_call("delta", 0, function={"arguments": '{"x"'}),
            co_call("delta", 0, function={"arguments": ":1}"}),
            co_call("end", 0),
            co_call("start", 1, id="b", type="function", function=function),
            co_call("end", 1),
            co("message-end", finish_reason="TOOL_CALL", usage=CO_USAGE),
            done=True,
            event=True,
        ),
    )
    assert kinds(events) == [
        "ThinkingDelta",
        "ToolCallStarted",
        "PartialToolCall",
        "PartialToolCall",
        "ToolCallEnded",
        "ToolCallStarted",
        "ToolCallEnded",
        "Metadata",
        "StreamEnd",
    ]
    assert response.first.blocks == (
        ThinkingBlock("I will"),
        ToolUseBlock("a", "f", {"x": 1}),
        ToolUseBlock("b", "f", {}),
    )
    assert (response.finish_reason, response.response_id) == ("tool_use", "co-1")
    usage = response.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cache_read_tokens) == (70, 5, 60)


def test_cohere_a_failure_amid_the_answer():
    end = co(
        "message-end",
        finish_reason="ERROR",
        error="your request resulted in an invalid tool generation",
        error_type="INVALID_TOOL_GENERATION",
        usage={},
    )
    with pytest.raises(RemoteError) as caught:
        of("cohere", sse(co_text("so"), end, done=True))
    error = caught.value
    assert (error.code, error.standard_code) == ("INVALID_TOOL_GENERATION", "E3001")
    assert error.partial_text == "so"


def test_cohere_body():
    response = read_body(
        api_of("cohere"),
        {
            "id": "co-1",
            "finish_reason": "MAX_TOKENS",
            "message": {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm"},
                    {"type": "text", "text": "Hi"},
                ],
            },
            "usage": CO_USAGE,
        },
    )
    assert (response.thinking, response.content) == ("hm", "Hi")
    assert response.finish_reason == "max_tokens"


# Ollama


def ndjson(*frames):
    return b"".join(json.dumps(frame).encode() + b"\n" for frame in frames)


def ol(content="", **message):
    return {
        "model": "m",
        "message": {"role": "assistant", "content": content, **message},
        "done": False,
    }


OL_DONE = {
    **ol(),
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 7,
    "eval_count": 3,
}


def test_ollama_thinking_text_and_whole_calls():
    call = {"function": {"index": 0, "name": "f", "arguments": {"x": 1}}}
    events, response = of(
        "ollama",
        ndjson(ol(thinking="hm"), ol("Hi"), ol(tool_calls=[call]), ol(tool_calls=[call]), OL_DONE),
    )
    assert kinds(events) == [
        "ThinkingDelta",
        "PartialContentDelta",
        *["ToolCallStarted", "PartialToolCall", "ToolCallEnded"] * 2,
        "Metadata",
        "StreamEnd",
    ]
    assert [c.arguments for c in response.tool_calls] == [{"x": 1}, {"x": 1}]
    assert (response.finish_reason, response.raw_finish_reason) == ("tool_use", "stop")
    assert (response.prompt_tokens, response.completion_tokens) == (7, 3)


def test_ollama_an_error_line():
    with pytest.raises(RemoteError, match="model runner") as caught:
        of("ollama", ndjson(ol("Hi"), {"error": "model runner has stopped"}))
    assert caught.value.partial_text == "Hi"


def test_ollama_done_without_a_reason_is_a_good_end():
    events, _ = of("ollama", ndjson(ol("Hi"), {**ol(), "done": True}))
    assert events[-1] == {"event_type": "StreamEnd"}


def test_ollama_without_done_is_truncated():
    with pytest.raises(TruncatedStreamError):
        of("ollama", ndjson(ol("Hi")))


def test_ollama_body():
    response = read_body(api_of("ollama"), {**OL_DONE, **ol("Hi"), "done": True})
    assert (response.content, response.finish_reason) == ("Hi", "end_turn")


# Bedrock


def record(payload, **headers):
    """One AWS event-stream record."""
    head = b""
    for name, value in headers.items():
        key, text = f":{name.replace('_', '-')}".encode(), value.encode()
        head += struct.pack("!B", len(key)) + key + b"\x07" + struct.pack("!H", len(text)) + text
    body = json.dumps(payload).encode()
    prelude = struct.pack("!II", 16 + len(head) + len(body), len(head))
    start = prelude + struct.pack("!I", binascii.crc32(prelude)) + head + body
    return start + struct.pack("!I", binascii.crc32(start))


def br(kind, **payload):
    payload["p"] = "abcdef"
    return record(payload, message_type="event", event_type=kind, content_type="application/json")


def br_delta(index, **delta):
    return br("contentBlockDelta", contentBlockIndex=index, delta=delta)


BR_END = (
    br("messageStop", stopReason="tool_use"),
    br("metadata", usage={"inputTokens": 7, "outputTokens": 3, "totalTokens": 10}),
)


def test_bedrock_reasoning_text_and_a_call():
    events, response = of(
        "bedrock",
        b"".join(
            [
                br("messageStart", role="assistant"),
                br_delta(0, reasoningContent={"text": "hm"}),
                br_delta(0, reasoningContent={"signature": "sig"}),
                br("contentBlockStop", contentBlockIndex=0),
                br_delta(1, text="Hi"),
                br("contentBlockStop", contentBlockIndex=1),
                br(
                    "contentBlockStart",
                    contentBlockIndex=2,
                    start={"toolUse": {"toolUseId": "t", "name": "f"}},
                ),
                br_delta(2, toolUse={"input": '{"x":1}'}),
                br("contentBlockStop", contentBlockIndex=2),
                *BR_END,
            ]
        ),
    )
    assert kinds(events) == [
        "ThinkingDelta",
        "ThinkingDelta",
        "PartialContentDelta",
        "ToolCallStarted",
        "PartialToolCall",
        "ToolCallEnded",
        "Metadata",
        "StreamEnd",
    ]
    assert response.first.blocks == (
        ThinkingBlock("hm", "sig"),
        TextBlock("Hi"),
        ToolUseBlock("t", "f", {"x": 1}),
    )
    assert events[-1]["usage"] == (7, 3)


def test_bedrock_without_a_stop_is_truncated():
    with pytest.raises(TruncatedStreamError):
        of("bedrock", br("messageStart", role="assistant") + br_delta(0, text="Hi"))


@pytest.mark.parametrize(
    ("exception", "code"),
    [
        ("throttlingException", "E2001"),
        ("modelStreamErrorException", "E3001"),
        ("serviceUnavailableException", "E3002"),
        ("validationException", "E1001"),
    ],
)
def test_bedrock_an_exception_record(exception, code):
    failed = record({"message": "m"}, message_type="exception", exception_type=exception)
    with pytest.raises(RemoteError) as caught:
        of("bedrock", br_delta(0, text="Hi") + failed)
    error = caught.value
    assert (error.standard_code, error.code, error.partial_text) == (code, exception, "Hi")


def test_bedrock_body():
    response = read_body(
        api_of("bedrock"),
        {
            "output": {
                "message": {
                    "role": "assistant",
                    "content": [
                        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
                        {"reasoningContent": {"redactedContent": "xx"}},
                        {"text": "Hi"},
                        {"toolUse": {"toolUseId": "t", "name": "f", "input": {}}},
                        {"citationsContent": {}},
                    ],
                }
            },
            "stopReason": "tool_use",
            "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
        },
    )
    assert response.first.blocks == (
        ThinkingBlock("hm", "s"),
        ThinkingBlock("", redacted="xx"),
        TextBlock("Hi"),
        ToolUseBlock("t", "f", {}),
        RawBlock({"citationsContent": {}}),
    )


# DashScope


def ds(content, finish="null", **message):
    message = {"role": "assistant", "content": content, **message}
    output = {"choices": [{"message": message, "finish_reason": finish}]}
    return {"output": output, "usage": {"input_tokens": 7, "output_tokens": 3}, "request_id": "r"}


def ds_sse(*frames, event="result"):
    return b"".join(
        f"id:{n}\nevent:{event}\n:HTTP_STATUS/200\ndata:{json.dumps(frame)}\n\n".encode()
        for n, frame in enumerate(frames, 1)
    )


def test_dashscope_text_ends_when_the_word_null_does():
    events, response = of("dashscope", ds_sse(ds("Hel"), ds("lo"), ds("", "stop")))
    assert response.content == "Hello"
    assert events[-1] == {
        "event_type": "StreamEnd",
        "finish_reason": "end_turn",
        "raw_finish_reason": "stop",
        "usage": (7, 3),
    }


def test_dashscope_the_word_null_is_no_end():
    with pytest.raises(TruncatedStreamError):
        of("dashscope", ds_sse(ds("Hel")))


def test_dashscope_a_call_in_fragments():
    def call(arguments, **more):
        return [{"index": 0, "type": "function", "function": {"arguments": arguments, **more}}]

    first = call('{"x"', name="f")
    first[0]["id"] = "c"
    frames = [ds("", tool_calls=first), ds("", tool_calls=call(":1}")), ds("", "tool_calls")]
    _, response = of("dashscope", ds_sse(*frames))
    assert [(c.id, c.name, c.arguments) for c in response.tool_calls] == [("c", "f", {"x": 1})]


def test_dashscope_an_error_event():
    frame = {"code": "Throttling.RateQuota", "message": "slow down", "request_id": "r"}
    with pytest.raises(RemoteError) as caught:
        of("dashscope", ds_sse(frame, event="error"))
    error = caught.value
    assert (error.standard_code, error.request_id) == ("E2001", "r")
