"""The other dialects: whole event lists of recorded shapes."""

import pytest

from ailib.errors import MalformedResponseError, RemoteError, TruncatedStreamError
from ailib.types import RawBlock, TextBlock, ThinkingBlock, ToolUseBlock
from tests.support.answers import api_of, read_body, read_stream, sse, told


def of(provider, *frames, api=None, event=False):
    data = sse(*frames, event=event)
    whole, reader = read_stream(api_of(provider, api), data)
    bytewise, again = read_stream(api_of(provider, api), data, 1)
    assert told(whole) == told(bytewise)
    assert reader.response == again.response
    return told(whole), reader.response


# Anthropic


def message_start(usage=None, id_="msg_1"):
    usage = usage or {"input_tokens": 10, "output_tokens": 1}
    message = {"id": id_, "model": "claude", "content": [], "stop_reason": None, "usage": usage}
    return {"type": "message_start", "message": message}


def start(index, **block):
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index, **delta):
    return {"type": "content_block_delta", "index": index, "delta": delta}


def stop(index):
    return {"type": "content_block_stop", "index": index}


def message_delta(reason, usage=None):
    usage = {"output_tokens": 5} if usage is None else usage
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


PING, STOP = {"type": "ping"}, {"type": "message_stop"}


@pytest.mark.parametrize("event", [True, False], ids=["event lines", "data lines only"])
def test_anthropic_thinking_text_and_a_tool(event):
    events, response = of(
        "anthropic",
        message_start(),
        start(0, type="thinking", thinking="", signature=""),
        PING,
        delta(0, type="thinking_delta", thinking="hm"),
        delta(0, type="signature_delta", signature="sig"),
        stop(0),
        start(1, type="redacted_thinking", data="xx"),
        stop(1),
        start(2, type="text", text=""),
        delta(2, type="text_delta", text="So."),
        stop(2),
        start(3, type="tool_use", id="t1", name="f", input={}),
        delta(3, type="input_json_delta", partial_json=""),
        delta(3, type="input_json_delta", partial_json='{"x":1}'),
        stop(3),
        start(4, type="tool_use", id="t2", name="g", input={}),
        stop(4),
        message_delta("tool_use"),
        STOP,
        event=event,
    )
    meta = {"event_type": "Metadata", "model": "claude", "response_id": "msg_1"}
    assert events == [
        {**meta, "usage": (10, 1)},
        {"event_type": "ThinkingDelta", "thinking": "hm", "index": 0},
        {"event_type": "ThinkingDelta", "thinking": "", "index": 0, "signature": "sig"},
        {"event_type": "PartialContentDelta", "content": "So.", "index": 0},
        {"event_type": "ToolCallStarted", "tool_call_id": "t1", "tool_name": "f", "index": 0},
        {"event_type": "PartialToolCall", "tool_call_id": "t1", "arguments": '{"x":1}', "index": 0},
        {"event_type": "ToolCallEnded", "tool_call_id": "t1", "index": 0, "is_complete": True},
        {"event_type": "ToolCallStarted", "tool_call_id": "t2", "tool_name": "g", "index": 1},
        {"event_type": "ToolCallEnded", "tool_call_id": "t2", "index": 1, "is_complete": True},
        {**meta, "usage": (10, 5)},
        {
            "event_type": "StreamEnd",
            "finish_reason": "tool_use",
            "raw_finish_reason": "tool_use",
            "usage": (10, 5),
        },
    ]
    assert response.first.blocks == (
        ThinkingBlock("hm", "sig"),
        ThinkingBlock("", redacted="xx"),
        TextBlock("So."),
        ToolUseBlock("t1", "f", {"x": 1}),
        ToolUseBlock("t2", "g", {}),
    )


def test_anthropic_usage_of_the_delta_replaces_the_start():
    _, response = of(
        "anthropic",
        message_start({"input_tokens": 2459, "cache_read_input_tokens": 0, "output_tokens": 1}),
        message_delta(
            "end_turn",
            {"input_tokens": 4, "cache_read_input_tokens": 2455, "output_tokens": 9},
        ),
        STOP,
    )
    usage = response.usage
    assert (usage.prompt_tokens, usage.cache_read_tokens, usage.total_tokens) == (4, 2455, 2468)


@pytest.mark.parametrize("usage", [None, {}])
def test_anthropic_usage_may_be_missing_from_the_delta(usage):
    frame = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}
    _, response = of("anthropic", message_start(), frame, STOP)
    assert response.usage.completion_tokens == 1


@pytest.mark.parametrize(
    "frames",
    [
        [start(0, type="tool_use", id="a", name="f", input={"x": 1}), stop(0)],
        [
            start(0, type="tool_use", id="a", name="f", input={}),
            start(1, type="tool_use", id="b", name="g", input={}),
            delta(0, type="input_json_delta", partial_json='{"x"'),
            delta(1, type="input_json_delta", partial_json='{"y"'),
            delta(0, type="input_json_delta", partial_json=":1}"),
            delta(1, type="input_json_delta", partial_json=":1}"),
            stop(0),
            stop(1),
        ],
    ],
    ids=["input in the start", "interleaved blocks"],
)
def test_anthropic_tool_input(frames):
    _, response = of("anthropic", message_start(), *frames, message_delta("tool_use"), STOP)
    assert response.tool_calls[0].arguments == {"x": 1}
    assert all(call.is_complete for call in response.tool_calls)


def test_anthropic_blocks_and_deltas_nobody_knows_are_kept_or_passed_over():
    block = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    result = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
    events, response = of(
        "anthropic",
        message_start(),
        {"type": "content_block_start", "index": 0, "content_block": block},
        delta(0, type="input_json_delta", partial_json='{"query":'),
        delta(0, type="input_json_delta", partial_json='"x"}'),
        stop(0),
        {"type": "content_block_start", "index": 1, "content_block": result},
        delta(1, type="brand_new_delta", thing=1),
        stop(1),
        {"type": "brand_new_event"},
        delta(2, type="text_delta", text="no start"),
        message_delta("brand_new"),
        STOP,
    )
    assert response.first.blocks == (
        RawBlock({**block, "input": {"query": "x"}}),
        RawBlock(result),
        TextBlock("no start"),
    )
    assert response.tool_calls == []
    assert events[-1]["finish_reason"] == "other"
    assert events[-1]["raw_finish_reason"] == "brand_new"


@pytest.mark.parametrize(
    ("raw", "finish"),
    [
        ("pause_turn", "pause_turn"),
        ("refusal", "refusal"),
        ("model_context_window_exceeded", "max_tokens"),
        ("compaction", "other"),
    ],
)
def test_anthropic_stop_reasons(raw, finish):
    events, _ = of("anthropic", message_start(), message_delta(raw), STOP)
    assert events[-1]["finish_reason"] == finish


def test_anthropic_end_after_the_stop_reason_is_good():
    events, _ = of("anthropic", message_start(), message_delta("end_turn"))
    assert events[-1]["event_type"] == "StreamEnd"


def test_anthropic_end_amid_a_block_is_not():
    with pytest.raises(TruncatedStreamError) as caught:
        of("anthropic", message_start(), delta(0, type="text_delta", text="so"))
    assert caught.value.partial_text == "so"
    assert caught.value.partial.usage.prompt_tokens == 10


def test_anthropic_an_error_event_is_overload_whatever_the_status():
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    with pytest.raises(RemoteError) as caught:
        of("anthropic", message_start(), delta(0, type="text_delta", text="a"), error, event=True)
    assert (caught.value.standard_code, caught.value.partial_text) == ("E3002", "a")


def test_anthropic_a_second_answer_within_the_first_is_an_error():
    with pytest.raises(MalformedResponseError, match="second answer"):
        of("anthropic", message_start(), message_start(id_="msg_2"))


def test_anthropic_body():
    response = read_body(
        api_of("anthropic"),
        {
            "id": "msg_1",
            "type": "message",
            "model": "claude",
            "content": [
                {"type": "thinking", "thinking": "", "signature": "sig"},
                {"type": "text", "text": "Hi"},
                {"type": "tool_use", "id": "t", "name": "f", "input": {}},
            ],
            "stop_reason": "tool_use",
            "usage": {"input_tokens": 1, "output_tokens": 2},
        },
    )
    assert response.first.blocks == (
        ThinkingBlock("", "sig"),
        TextBlock("Hi"),
        ToolUseBlock("t", "f", {}),
    )
    assert (response.finish_reason, response.response_id) == ("tool_use", "msg_1")


# Gemini


def gemini(*parts, finish=None, usage=None, **more):
    candidate = {"content": {"parts": list(parts), "role": "model"}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    frame = {"candidates": [candidate], "modelVersion": "g", "responseId": "r", **more}
    return {**frame, "usageMetadata": usage} if usage else frame


COUNT = {"promptTokenCount": 4, "totalTokenCount": 4}


def test_gemini_thoughts_text_and_signature_on_an_empty_part():
    events, response = of(
        "gemini",
        gemini({"text": "hm", "thought": True}, usage=COUNT),
        gemini({"text": "Hel"}),
        gemini({"text": "lo"}),
        gemini(
            {"text": "", "thoughtSignature": "sig"},
            finish="STOP",
            usage={
                "promptTokenCount": 4,
                "candidatesTokenCount": 2,
                "thoughtsTokenCount": 3,
                "totalTokenCount": 9,
            },
        ),
    )
    meta = {"event_type": "Metadata", "model": "g", "response_id": "r"}
    assert events == [
        {"event_type": "ThinkingDelta", "thinking": "hm", "index": 0},
        {**meta, "usage": (4, 0)},
        {"event_type": "PartialContentDelta", "content": "Hel", "index": 0},
        {"event_type": "PartialContentDelta", "content": "lo", "index": 0},
        {**meta, "usage": (4, 5)},
        {
            "event_type": "StreamEnd",
            "finish_reason": "end_turn",
            "raw_finish_reason": "STOP",
            "usage": (4, 5),
        },
    ]
    assert response.first.blocks == (
        ThinkingBlock("hm"),
        TextBlock("Hello"),
        TextBlock("", "sig"),
    )
    assert response.usage.reasoning_tokens == 3


def test_gemini_parallel_calls_are_whole_and_stop_means_tool_use():
    call = {"functionCall": {"name": "f", "args": {"x": 1}}, "thoughtSignature": "sig"}
    events, response = of("gemini", gemini(call, {"functionCall": {"name": "f"}}, finish="STOP"))
    assert [(c.name, c.arguments, c.signature) for c in response.tool_calls] == [
        ("f", {"x": 1}, "sig"),
        ("f", {}, None),
    ]
    first, second = response.tool_calls
    assert first.id != second.id
    assert events[-1]["finish_reason"] == "tool_use"


def test_gemini_a_blocked_prompt_is_a_refusal():
    events, response = of(
        "gemini", {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": COUNT}
    )
    assert (events[-1]["finish_reason"], events[-1]["raw_finish_reason"]) == ("refusal", "SAFETY")
    assert response.usage.prompt_tokens == 4


def test_gemini_a_limit_reached_while_thinking_has_no_content():
    response = read_body(
        api_of("gemini"),
        {
            "candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}],
            "usageMetadata": {"promptTokenCount": 4, "thoughtsTokenCount": 100},
        },
    )
    assert (response.content, response.finish_reason) == ("", "max_tokens")
    assert response.completion_tokens == 100


def test_gemini_a_field_that_vanishes_keeps_its_last_value():
    _, response = of(
        "gemini",
        gemini({"text": "a"}, usage={"promptTokenCount": 4, "cachedContentTokenCount": 2}),
        gemini({"text": "b"}, finish="STOP", usage={"candidatesTokenCount": 7}),
    )
    usage = response.usage
    assert (usage.prompt_tokens, usage.cache_read_tokens, usage.completion_tokens) == (4, 2, 7)


def test_gemini_without_a_finish_reason_is_truncated():
    with pytest.raises(TruncatedStreamError):
        of("gemini", gemini({"text": "a"}))


@pytest.mark.parametrize("prefix", [b"data: ", b""], ids=["data frame", "bare object"])
def test_gemini_an_error_amid_the_stream(prefix):
    error = b'{"error": {"code": 503, "message": "high demand", "status": "UNAVAILABLE"}}\n\n'
    with pytest.raises(RemoteError) as caught:
        read_stream(api_of("gemini"), sse(gemini({"text": "a"})) + prefix + error)
    assert (caught.value.standard_code, caught.value.partial_text) == ("E3002", "a")


def test_gemini_a_json_array_is_a_stream_too():
    data = b'[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]},\n'
    data += b'{"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"STOP"}]}]'
    for size in (None, 1):
        headers = {"content-type": "application/json"}
        _, reader = read_stream(api_of("gemini"), data, size, **headers)
        assert reader.response.content == "ab"


def test_gemini_code_and_inline_data_are_kept():
    part = {"executableCode": {"language": "PYTHON", "code": "1"}}
    _, response = of("gemini", gemini(part, finish="STOP"))
    assert response.first.blocks == (RawBlock(part),)


# Responses


def item(kind, index, **fields):
    return {"type": f"response.output_item.{kind}", "output_index": index, "item": fields}


def at(kind, index, **fields):
    return {"type": f"response.{kind}", "output_index": index, **fields}


def over(kind="completed", **response):
    response = {"id": "resp_1", "status": kind, "model": "m", **response}
    return {"type": f"response.{kind}", "response": response}


CREATED = {"type": "response.created", "response": {"id": "resp_1", "model": "m", "usage": None}}


def test_responses_reasoning_text_and_a_call():
    reasoning = {"type": "reasoning", "id": "rs_1", "encrypted_content": "x", "summary": []}
    call = {"type": "function_call", "id": "fc", "call_id": "c1", "name": "f"}
    events, response = of(
        "openai",
        CREATED,
        item("added", 0, **reasoning),
        at("reasoning_summary_part.added", 0, summary_index=0),
        at("reasoning_summary_text.delta", 0, delta="one", summary_index=0),
        at("reasoning_summary_part.added", 0, summary_index=1),
        at("reasoning_summary_text.delta", 0, delta="two", summary_index=1),
        item("done", 0, **reasoning),
        item("added", 1, type="message", content=[]),
        at("output_text.delta", 1, delta="Hi", item_id="changes"),
        at("output_text.done", 1, text="Hi"),
        item("done", 1, type="message", content=[{"type": "output_text", "text": "Hi"}]),
        item("added", 2, **call, arguments=""),
        at("function_call_arguments.delta", 2, delta='{"x"'),
        at("function_call_arguments.delta", 2, delta=":1}"),
        at("function_call_arguments.done", 2, arguments='{"x":1}'),
        item("done", 2, **call, arguments='{"x":1}'),
        {"type": "response.brand_new_event"},
        over(usage={"input_tokens": 5, "output_tokens": 6, "total_tokens": 11}),
        api="responses",
        event=True,
    )
    assert [e["event_type"] for e in events] == [
        "ThinkingDelta",
        "ThinkingDelta",
        "ThinkingDelta",
        "PartialContentDelta",
        "ToolCallStarted",
        "PartialToolCall",
        "PartialToolCall",
        "ToolCallEnded",
        "Metadata",
        "StreamEnd",
    ]
    assert events[-1] == {
        "event_type": "StreamEnd",
        "finish_reason": "tool_use",
        "raw_finish_reason": "completed",
        "usage": (5, 6),
    }
    assert (response.thinking, response.content) == ("one\n\ntwo", "Hi")
    assert response.first.blocks == (
        ThinkingBlock("one\n\ntwo"),
        RawBlock(reasoning),
        TextBlock("Hi"),
        ToolUseBlock("c1", "f", {"x": 1}),
    )


def test_responses_arguments_that_come_only_at_the_end():
    call = {"type": "function_call", "call_id": "c1", "name": "f"}
    _, response = of(
        "openai",
        item("added", 0, **call, arguments=""),
        item("done", 0, **call, arguments='{"x":1}'),
        over(),
        api="responses",
    )
    assert [c.arguments for c in response.tool_calls] == [{"x": 1}]


def test_responses_cut_by_length_keeps_its_usage():
    events, _ = of(
        "openai",
        CREATED,
        at("output_text.delta", 0, delta="Hi"),
        over(
            "incomplete",
            incomplete_details={"reason": "max_output_tokens"},
            usage={"input_tokens": 5, "output_tokens": 6},
        ),
        api="responses",
    )
    assert events[-1] == {
        "event_type": "StreamEnd",
        "finish_reason": "max_tokens",
        "raw_finish_reason": "max_output_tokens",
        "usage": (5, 6),
    }


LIMIT = {"type": "tokens", "code": "rate_limit_exceeded", "message": "slow", "param": None}


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "error", "sequence_number": 2, "error": LIMIT},
        {"type": "error", "sequence_number": 2, **LIMIT, "type_": "x"} | {"type": "error"},
        over("failed", error={"code": "rate_limit_exceeded", "message": "slow"}),
    ],
    ids=["nested", "flat", "failed"],
)
def test_responses_failures(frame):
    with pytest.raises(RemoteError) as caught:
        of("openai", CREATED, frame, api="responses")
    error = caught.value
    assert (error.standard_code, error.code, error.message) == (
        "E2001",
        "rate_limit_exceeded",
        "slow",
    )


def test_responses_refusal():
    events, _ = of("openai", at("refusal.delta", 0, delta="No."), over(), api="responses")
    assert events[-1]["finish_reason"] == "refusal"


def test_responses_end_without_a_terminal_event_is_truncated():
    with pytest.raises(TruncatedStreamError):
        of("openai", CREATED, at("output_text.delta", 0, delta="Hi"), api="responses")


def test_responses_body():
    response = read_body(
        api_of("openai", "responses"),
        {
            "id": "resp_1",
            "model": "m",
            "status": "incomplete",
            "incomplete_details": {"reason": "content_filter"},
            "error": None,
            "output": [
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
                {"type": "web_search_call", "id": "ws"},
                {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]},
                {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            ],
            "usage": {"input_tokens": 1, "output_tokens": 2},
        },
    )
    assert (response.thinking, response.content) == ("hm", "Hi")
    assert response.finish_reason == "refusal"
    assert [c.id for c in response.tool_calls] == ["c"]
    assert isinstance(response.first.blocks[1], RawBlock)


@pytest.mark.parametrize("reason", ["MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE"])
def test_gemini_an_answer_the_model_spoiled_may_be_asked_for_again(reason):
    with pytest.raises(RemoteError) as caught:
        of("gemini", gemini({"text": "a"}, finish=reason))
    error = caught.value
    assert (error.code, error.retryable, error.partial_text) == (reason, True, "a")
