"""Whole event lists of recorded shapes, whole and byte by byte."""

import pytest

from ailib.errors import MalformedResponseError, RemoteError, TruncatedStreamError
from tests.support.answers import api_of, read_body, read_stream, sse, told


def chunk(delta=None, finish=None, index=0, **more):
    choice = {"index": index, "delta": delta or {}, "logprobs": None, "finish_reason": finish}
    return {
        "id": "c-1",
        "object": "chat.completion.chunk",
        "model": "m",
        "choices": [choice],
        **more,
    }


def calls(*deltas):
    return chunk({"tool_calls": list(deltas)})


def fragment(arguments=None, *, index=0, id=None, name=None):  # noqa: A002 - the wire's word
    delta = {"index": index, "function": {}}
    if id is not None:
        delta |= {"id": id, "type": "function"}
    if name is not None:
        delta["function"]["name"] = name
    if arguments is not None:
        delta["function"]["arguments"] = arguments
    return {k: v for k, v in delta.items() if v is not None}


def of(data, provider="openai", api=None):
    whole, reader = read_stream(api_of(provider, api), data)
    bytewise, again = read_stream(api_of(provider, api), data, 1)
    assert told(whole) == told(bytewise)
    assert reader.response == again.response
    return told(whole), reader.response


def text(content, index=0):
    return {"event_type": "PartialContentDelta", "content": content, "index": index}


def end(finish, raw, usage=None):
    made = {"event_type": "StreamEnd", "finish_reason": finish, "raw_finish_reason": raw}
    return {k: v for k, v in {**made, "usage": usage}.items() if v is not None}


USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def test_text_with_usage_after_the_finish_reason():
    events, response = of(
        sse(
            chunk({"role": "assistant", "content": ""}, usage=None),
            chunk({"content": "Hel"}),
            chunk({"content": "lo"}),
            chunk(finish="stop"),
            {"id": "c-1", "model": "m", "choices": [], "usage": USAGE},
            done=True,
        )
    )
    assert events == [
        text("Hel"),
        text("lo"),
        {"event_type": "Metadata", "model": "m", "response_id": "c-1", "usage": (7, 3)},
        end("end_turn", "stop", (7, 3)),
    ]
    assert (response.content, response.model, response.total_tokens) == ("Hello", "m", 10)


def started(call, name, index=0):
    return {
        "event_type": "ToolCallStarted",
        "tool_call_id": call,
        "tool_name": name,
        "index": index,
    }


def piece(call, arguments, index=0):
    return {
        "event_type": "PartialToolCall",
        "tool_call_id": call,
        "arguments": arguments,
        "index": index,
    }


def ended(call, index=0, complete=True):
    return {
        "event_type": "ToolCallEnded",
        "tool_call_id": call,
        "index": index,
        "is_complete": complete,
    }


def test_one_tool_call_in_fragments():
    events, response = of(
        sse(
            calls(fragment("", id="a", name="f")),
            calls(fragment('{"x"')),
            calls(fragment(":1}")),
            chunk(finish="tool_calls"),
            done=True,
        )
    )
    assert events == [
        started("a", "f"),
        piece("a", '{"x"'),
        piece("a", ":1}"),
        ended("a"),
        end("tool_use", "tool_calls"),
    ]
    assert response.tool_calls[0].arguments == {"x": 1}


def shown(response):
    return [(c.name, c.arguments, c.is_complete) for c in response.tool_calls]


TWO = [("b", {"x": 1}, True), ("f", {"y": 2}, True)]


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        pytest.param(
            [
                calls({"id": "1", "function": {"name": "b", "arguments": ""}}),
                calls({"function": {"arguments": '{"x":1}'}}),
                calls({"id": "2", "function": {"name": "f", "arguments": '{"y":'}}),
                calls({"function": {"arguments": "2}"}}),
            ],
            TWO,
            id="no index",
        ),
        pytest.param(
            [
                calls(fragment('{"x":1}', id="1", name="b")),
                calls(fragment('{"y":2}', id="2", name="f")),
            ],
            TWO,
            id="two whole calls at index 0",
        ),
        pytest.param(
            [
                calls(fragment('{"x":1}', name="b")),
                calls(fragment('{"y":2}', name="f")),
            ],
            TWO,
            id="two whole calls at index 0 without ids",
        ),
        pytest.param(
            [
                calls(
                    fragment("", index=1, id="1", name="b"), fragment("", index=3, id="2", name="f")
                ),
                calls(fragment('{"x"', index=1)),
                calls(fragment('{"y"', index=3)),
                calls(fragment(":1}", index=1)),
                calls(fragment(":2}", index=3)),
            ],
            TWO,
            id="interleaved, sparse indexes",
        ),
        pytest.param(
            [
                calls(fragment('{"x"', id="1", name="b")),
                calls(fragment(":1", id="1", name="b")),
                calls(fragment("}", id="1", name="b")),
            ],
            TWO[:1],
            id="id and name repeated",
        ),
        pytest.param(
            [
                calls(fragment('{"x"', id="1", name="b")),
                calls(fragment(":1}", id="", name="")),
            ],
            TWO[:1],
            id="empty id and name mean none",
        ),
        pytest.param(
            [
                calls(fragment('{"x"', id="1", name="b")),
                calls(fragment(":1}", id="other")),
            ],
            TWO[:1],
            id="id changes amid a call",
        ),
        pytest.param(
            [calls(fragment('{"x":', id="1")), calls(fragment("1}", name="b"))],
            TWO[:1],
            id="name late",
        ),
        pytest.param(
            [calls(fragment(name="b")), calls(fragment('{"x":1}', id="late"))],
            TWO[:1],
            id="id late",
        ),
        pytest.param(
            [calls(fragment({"x": 1}, id="1", name="b"))], TWO[:1], id="arguments are an object"
        ),
        pytest.param(
            [calls({"index": 0, "id": "1", "function": {"name": "b", "arguments": None}})],
            [("b", {}, True)],
            id="arguments are null",
        ),
        pytest.param(
            [calls(fragment(id="1", name="b"))], [("b", {}, True)], id="arguments are absent"
        ),
        pytest.param(
            [calls(fragment("{}", id="1", name="b")), calls(fragment('{"x":1}'))],
            TWO[:1],
            id="an empty object first",
        ),
        pytest.param(
            [calls(fragment('{"x":1}', id="1", name="b")), calls(fragment("  "))],
            TWO[:1],
            id="white space after the arguments",
        ),
        pytest.param(
            [calls(fragment('{"x":1]', id="1", name="b"))],
            [("b", {}, False)],
            id="arguments are no JSON",
        ),
        pytest.param(
            [
                calls(fragment('{"x":1}', index=0, id="1", name="b")),
                calls(fragment('{"y":2}', index=1, id="1", name="f")),
            ],
            TWO,
            id="identical ids",
        ),
    ],
)
def test_tool_calls_are_put_together(frames, expected):
    events, response = of(sse(*frames, chunk(finish="tool_calls"), done=True))
    assert shown(response) == expected
    ids = [call.id for call in response.tool_calls]
    assert len(set(ids)) == len(ids)
    assert all(ids)
    kinds = [e["event_type"] for e in events if "Tool" in e["event_type"]]
    assert kinds.count("ToolCallStarted") == kinds.count("ToolCallEnded") == len(expected)
    for call in response.tool_calls:
        said = [e for e in events if e.get("tool_call_id") == call.id]
        pieces = "".join(e["arguments"] for e in said if e["event_type"] == "PartialToolCall")
        assert pieces == call.arguments_raw
        assert said[0]["event_type"] == "ToolCallStarted"
        assert said[-1] == ended(call.id, call.index, call.is_complete)


def test_a_late_id_is_the_providers():
    frames = [calls(fragment(name="b")), calls(fragment('{"x":1}', id="late"))]
    _, response = of(sse(*frames, chunk(finish="tool_calls"), done=True))
    assert response.tool_calls[0].id == "late"


@pytest.mark.parametrize("arguments", ['{"x":"aa', ""])
def test_a_call_cut_by_length_is_incomplete(arguments):
    events, response = of(
        sse(calls(fragment(arguments, id="a", name="f")), chunk(finish="length"), done=True)
    )
    assert shown(response) == [("f", {}, False)]
    assert events[-2:] == [ended("a", complete=False), end("max_tokens", "length")]


def test_stop_after_tool_calls_means_tool_use():
    events, _ = of(sse(calls(fragment("{}", id="a", name="f")), chunk(finish="stop"), done=True))
    assert events[-1] == end("tool_use", "stop")


def test_a_refusal_is_text_and_ends_as_one():
    events, response = of(
        sse(
            chunk({"role": "assistant", "refusal": ""}),
            chunk({"refusal": "No."}),
            chunk(finish="stop"),
            done=True,
        )
    )
    assert events == [text("No."), end("refusal", "stop")]
    assert response.content == "No."


def test_reasoning_in_either_field_is_told_once():
    events, response = of(
        sse(
            chunk({"reasoning_content": "hm", "reasoning": "hm", "content": None}),
            chunk({"reasoning": " so"}),
            chunk({"content": "4"}),
            chunk(finish="stop"),
            done=True,
        )
    )
    assert [e["event_type"] for e in events] == [
        "ThinkingDelta",
        "ThinkingDelta",
        "PartialContentDelta",
        "StreamEnd",
    ]
    assert (response.thinking, response.content) == ("hm so", "4")


def test_content_as_a_list_is_reasoning_and_text():
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    _, response = of(
        sse(
            chunk({"content": [thinking]}),
            chunk({"content": [{"type": "text", "text": "4"}]}),
            chunk(finish="stop"),
            done=True,
        )
    )
    assert (response.thinking, response.content) == ("hm", "4")


def test_odd_frames_are_passed_over():
    events, _ = of(
        sse(
            {"choices": None},
            {"id": "", "cost": "0"},
            {"choices": []},
            {"choices": [{"index": 0, "delta": None}]},
            {"choices": [{"index": 0, "content_filter_results": {}}]},
            "true",
            "",
            chunk({"role": "", "content": "a"}, finish=""),
            chunk(finish="stop"),
            done=True,
        )
    )
    assert events == [text("a"), end("end_turn", "stop")]


def test_several_candidates_are_kept_apart():
    events, response = of(
        sse(
            chunk({"content": "a"}),
            chunk({"content": "b"}, index=1),
            chunk(finish="stop"),
            chunk(finish="length", index=1),
            done=True,
        )
    )
    final = {"event_type": "FinalCandidate"}
    assert events == [
        text("a"),
        text("b", 1),
        {**final, "candidate_index": 0, "finish_reason": "end_turn", "raw_finish_reason": "stop"},
        {
            **final,
            "candidate_index": 1,
            "finish_reason": "max_tokens",
            "raw_finish_reason": "length",
        },
        end("end_turn", "stop"),
    ]
    assert [c.content for c in response.candidates] == ["a", "b"]


@pytest.mark.parametrize(
    "frames",
    [
        [chunk(usage=USAGE), chunk(finish="stop"), chunk()],
        [{"choices": [{"index": 0, "delta": {}, "usage": USAGE, "finish_reason": "stop"}]}],
        [
            chunk({"content": "a"}, usage={"prompt_tokens": 7, "completion_tokens": n})
            for n in (1, 2, 3)
        ]
        + [chunk(finish="stop")],
    ],
    ids=["before the finish", "in the choice", "in every chunk"],
)
def test_usage_is_found_and_never_added_up(frames):
    events, response = of(sse(*frames, done=True))
    assert (response.prompt_tokens, response.completion_tokens) == (7, 3)
    assert events[-1]["usage"] == (7, 3)


def test_no_usage_is_none():
    _, response = of(sse(chunk({"content": "a"}), chunk(finish="stop"), done=True))
    assert response.usage is None


def test_a_terminator_without_a_finish_reason_is_a_good_end():
    events, response = of(sse(chunk({"content": "a"}), done=True))
    assert events == [text("a"), {"event_type": "StreamEnd"}]
    assert response.finish_reason is None


def test_a_finish_reason_without_a_terminator_is_a_good_end():
    events, _ = of(sse(chunk({"content": "a"}), chunk(finish="stop")))
    assert events == [text("a"), end("end_turn", "stop")]


@pytest.mark.parametrize("size", [None, 1])
def test_an_end_with_neither_is_an_error_that_keeps_the_text(size):
    data = sse(chunk({"content": "so far"}), calls(fragment('{"x":1}', id="a", name="f")))
    with pytest.raises(TruncatedStreamError) as caught:
        read_stream(api_of("openai"), data, size)
    assert caught.value.standard_code == "E3001"
    assert caught.value.partial_text == "so far"
    assert [c.is_complete for c in caught.value.partial.tool_calls] == [False]


@pytest.mark.parametrize(
    ("frames", "code", "provider_code"),
    [
        (
            [{"error": {"code": "insufficient_quota", "message": "m"}}],
            "E2002",
            "insufficient_quota",
        ),
        (
            [chunk({"content": "a"}), {"error": {"message": "bad gateway", "code": 502}}],
            "E3001",
            "502",
        ),
        ([chunk({"content": "a"}), {"error": "overloaded"}], "E3002", None),
        ([chunk({"content": "a"}, finish="error")], "E3001", "error"),
        (
            [chunk({"content": "a"}, finish="insufficient_system_resource")],
            "E3002",
            "insufficient_system_resource",
        ),
    ],
)
def test_an_error_inside_a_stream_is_classified(frames, code, provider_code):
    with pytest.raises(RemoteError) as caught:
        read_stream(api_of("openai"), sse(*frames, done=True))
    error = caught.value
    assert (error.standard_code, error.code) == (code, provider_code)
    assert error.in_stream
    assert error.partial_text == ("a" if len(frames) > 1 or "choices" in frames[0] else "")


def test_a_named_error_event_is_an_error_whatever_its_data():
    with pytest.raises(RemoteError) as caught:
        read_stream(api_of("openai"), b'event: error\ndata: {"message":"boom"}\n\n')
    assert caught.value.message == "boom"


def test_a_frame_that_is_no_json_is_a_typed_error_with_the_text_so_far():
    data = sse(chunk({"content": "a"})) + b'data: {"choices": [{\n\n' + sse(done=True)
    with pytest.raises(MalformedResponseError) as caught:
        read_stream(api_of("openai"), data)
    assert caught.value.partial_text == "a"


def test_a_login_page_is_a_typed_error():
    with pytest.raises(MalformedResponseError, match="HTML"):
        read_stream(api_of("openai"), b"<!doctype html><html></html>")


def test_a_plain_answer_to_a_streaming_request_is_read_as_one():
    body = b'{"choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}]}'
    events, _ = read_stream(api_of("openai"), body, **{"content-type": "application/json"})
    assert told(events) == [text("hi"), end("end_turn", "stop")]


@pytest.mark.parametrize("body", [{"choices": []}, {"choices": None}, {}, b""])
def test_a_body_without_an_answer_is_malformed(body):
    with pytest.raises(MalformedResponseError):
        read_body(api_of("openai"), body)


def test_an_error_in_a_200_body_is_raised():
    with pytest.raises(RemoteError) as caught:
        read_body(api_of("openai"), {"error": {"message": "m", "code": 502}})
    assert (caught.value.status_code, caught.value.standard_code) == (200, "E3001")


def test_a_cancelled_stream_ends_as_cancelled():
    reader = api_of("openai").reader(status=200, headers={}, stream=True)
    reader.feed(sse(chunk({"content": "a"}, usage=USAGE)))
    assert told([reader.cancel()]) == [
        {"event_type": "StreamEnd", "finish_reason": "cancelled", "usage": (7, 3)}
    ]
    assert reader.feed(sse(chunk({"content": "b"}))) == []


def test_bytes_after_the_terminator_do_not_matter():
    reader = api_of("openai").reader(status=200, headers={}, stream=True)
    events = reader.feed(sse(chunk(finish="stop"), done=True) + b"data: {broken")
    assert told(events) == [end("end_turn", "stop")]
    assert reader.done
    assert reader.close() == []
