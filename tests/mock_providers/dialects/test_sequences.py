"""Streams run in the order most often recorded (reference: wire formats §1, §3, §4)."""

import json
from random import Random

import pytest

from mock_providers.answer import generate
from mock_providers.dialects import DIALECTS, Context, Inbound

OBJECT = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
USER = [{"role": "user", "content": "Use get_weather and get_news"}]
PLAIN = [{"role": "user", "content": "Tell me a story"}]


def openai_tools(*names):
    return [{"type": "function", "function": {"name": n, "parameters": OBJECT}} for n in names]


def anthropic_tools(*names):
    return [{"name": n, "input_schema": OBJECT} for n in names]


def gemini_body(text, **more):
    return {"contents": [{"role": "user", "parts": [{"text": text}]}], **more}


def gemini_tools(*names):
    return [{"functionDeclarations": [{"name": n, "parameters": OBJECT} for n in names]}]


def stream(name, body, *, path="/", query=None):
    dialect = DIALECTS[name]
    context = Context(Random(1), 1.8e9, "provider")
    asked = dialect.ask(Inbound("POST", path, query=query or {}, json=body), "chat")
    return list(dialect.events(generate(asked, Random(2)), asked, context)), dialect


def collapsed(words):
    result = []
    for word in words:
        if result and result[-1] in (word, word + "+"):
            result[-1] = word + "+"
        else:
            result.append(word)
    return " ".join(result)


def openai_word(event):
    if event.data == "[DONE]":
        return "[DONE]"
    if not event.data["choices"]:
        return "usage"
    choice = event.data["choices"][0]
    delta = choice["delta"]
    word = ",".join(
        key if key != "tool_calls" else ("start" if "id" in delta[key][0] else "args")
        for key in ("role", "content", "tool_calls", "refusal")
        if delta.get(key) is not None
    )
    return f"finish={choice['finish_reason']}" if choice["finish_reason"] else word


CHAT = {
    "text": (
        {"messages": PLAIN, "stream_options": {"include_usage": True}},
        "role,content content+ finish=stop usage [DONE]",
    ),
    "text without usage": ({"messages": PLAIN}, "role,content content+ finish=stop [DONE]"),
    "one tool": (
        {"messages": USER, "tools": openai_tools("get_weather")},
        "role,start args+ finish=tool_calls [DONE]",
    ),
    "two tools": (
        {"messages": USER, "tools": openai_tools("get_weather", "get_news")},
        "role start args+ start args+ finish=tool_calls [DONE]",
    ),
    "forced tool": (
        {
            "messages": USER,
            "tools": openai_tools("get_weather"),
            "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
        },
        "role,start args+ finish=stop [DONE]",
    ),
    "length": (
        {"messages": PLAIN, "max_completion_tokens": 3},
        "role,content content+ finish=length [DONE]",
    ),
    "two choices": (
        {"messages": PLAIN, "n": 2},
        "role,content content role,content content+ finish=stop+ [DONE]",
    ),
}


@pytest.mark.parametrize("case", CHAT)
def test_openai_chat(case):
    body, expected = CHAT[case]
    events, _ = stream("openai_chat", {"model": "gpt-4o", "stream": True, **body})
    assert collapsed(map(openai_word, events)) == expected


TEXT = "added:message part+ text.delta+ text.done part- done:message"
ARGUMENTS = "added:function_call arguments.delta+ arguments.done done:function_call"
RESPONSES = {
    "text": ({"input": "hi"}, f"created in_progress {TEXT} completed"),
    "two tools": (
        {
            "input": USER,
            "tools": [
                {"type": "function", "name": n, "parameters": OBJECT}
                for n in ("get_weather", "get_news")
            ],
        },
        f"created in_progress {ARGUMENTS} {ARGUMENTS} completed",
    ),
    "reasoning": (
        {"input": "hi", "reasoning": {"effort": "low"}},
        f"created in_progress added:reasoning done:reasoning {TEXT} completed",
    ),
    "summary": (
        {"input": "hi", "reasoning": {"effort": "low", "summary": "auto"}},
        "created in_progress added:reasoning summary_part.added summary_text.delta+"
        f" summary_text.done summary_part.done done:reasoning {TEXT} completed",
    ),
    "length": ({"input": "hi", "max_output_tokens": 3}, f"created in_progress {TEXT} incomplete"),
}


def responses_word(event):
    word = event.name.removeprefix("response.").removeprefix("reasoning_")
    word = word.removeprefix("output_").removeprefix("function_call_")
    if word.startswith("item."):
        return f"{word.removeprefix('item.')}:{event.data['item']['type']}"
    return {"content_part.added": "part+", "content_part.done": "part-"}.get(word, word)


@pytest.mark.parametrize("case", RESPONSES)
def test_openai_responses(case):
    body, expected = RESPONSES[case]
    events, _ = stream("openai_responses", {"model": "gpt-5", "stream": True, **body})
    assert collapsed(map(responses_word, events)) == expected
    assert [e.data["sequence_number"] for e in events] == list(range(len(events)))
    assert all(event.name == event.data["type"] for event in events)


def anthropic_word(event):
    if event.name == "content_block_start":
        return event.data["content_block"]["type"]
    if event.name == "content_block_delta":
        return event.data["delta"]["type"]
    if event.name == "message_delta":
        return event.data["delta"]["stop_reason"]
    return event.name.removeprefix("content_block_")


MESSAGES = {
    "text": (
        {"messages": PLAIN},
        "message_start text ping text_delta+ stop end_turn message_stop",
    ),
    "tool": (
        {"messages": USER, "tools": anthropic_tools("get_weather")},
        "message_start tool_use ping input_json_delta+ stop tool_use message_stop",
    ),
    "two tools": (
        {"messages": USER, "tools": anthropic_tools("get_weather", "get_news")},
        "message_start tool_use ping input_json_delta+ stop tool_use input_json_delta+ stop"
        " tool_use message_stop",
    ),
    "thinking": (
        {"messages": PLAIN, "thinking": {"type": "enabled", "budget_tokens": 1024}},
        "message_start thinking ping thinking_delta+ signature_delta stop text text_delta+ stop"
        " end_turn message_stop",
    ),
    "length": (
        {"messages": PLAIN, "max_tokens": 3},
        "message_start text ping text_delta+ stop max_tokens message_stop",
    ),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_anthropic_messages(case):
    body, expected = MESSAGES[case]
    events, _ = stream("anthropic", {"model": "c", "stream": True, **body})
    assert collapsed(map(anthropic_word, events)) == expected


def test_the_first_piece_of_a_tool_input_is_empty():
    body = {"model": "c", "stream": True, "messages": USER, "tools": anthropic_tools("get_news")}
    events, _ = stream("anthropic", body)
    pieces = [e.data["delta"]["partial_json"] for e in events if e.kind == "delta"]
    assert pieces[0] == ""
    assert "".join(pieces).startswith('{"city":')


def test_message_delta_repeats_the_input_tokens():
    events, _ = stream("anthropic", {"model": "c", "stream": True, "messages": PLAIN})
    start, final = events[0].data["message"]["usage"], events[-2].data["usage"]
    assert final["input_tokens"] == start["input_tokens"] > 0
    assert final["output_tokens"] > start["output_tokens"] == 1


def gemini_word(event):
    candidate = event.data["candidates"][0]
    parts = candidate["content"].get("parts", [])
    word = ",".join(
        "call" if "functionCall" in p else "thought" if p.get("thought") else "text" for p in parts
    )
    signed = "+sig" if any("thoughtSignature" in p for p in parts) else ""
    reason = candidate.get("finishReason")
    return f"[{word}{signed}]" + (f"finish={reason}" if reason else "")


GENERATE = {
    "text": (gemini_body("Tell me a story"), "[text]+ [text]finish=STOP"),
    "call": (
        gemini_body("weather", tools=gemini_tools("get_weather")),
        "[call+sig]finish=STOP",
    ),
    "two calls": (
        gemini_body("weather and news", tools=gemini_tools("get_weather", "get_news")),
        "[call,call+sig]finish=STOP",
    ),
    "thoughts": (
        gemini_body(
            "Tell me a story", generationConfig={"thinkingConfig": {"includeThoughts": True}}
        ),
        "[thought]+ [text]+ [text+sig]finish=STOP",
    ),
    "length": (
        gemini_body("Tell me a story", generationConfig={"maxOutputTokens": 1}),
        "[text]finish=MAX_TOKENS",
    ),
}
STREAM = "/v1beta/models/gemini-2.5-flash:streamGenerateContent"


@pytest.mark.parametrize("case", GENERATE)
def test_gemini(case):
    body, expected = GENERATE[case]
    events, _ = stream("gemini", body, path=STREAM, query={"alt": "sse"})
    assert collapsed(map(gemini_word, events)) == expected
    assert all("usageMetadata" in event.data for event in events)


def test_gemini_frames_end_in_crlf_and_have_a_space_after_colons():
    events, dialect = stream("gemini", gemini_body("hi"), path=STREAM, query={"alt": "sse"})
    frame = dialect.frame(events[0])
    assert frame.startswith(b'data: {"candidates": [{"content": {"parts": [{"text": "')
    assert frame.endswith(b"}\r\n\r\n")


def test_gemini_without_alt_is_one_json_array():
    events, dialect = stream("gemini", gemini_body("hi"), path=STREAM)
    array = json.loads(b"".join(map(dialect.frame, events)))
    assert array == [event.data for event in events[:-1]]


def test_sse_frames_of_openai_and_anthropic():
    events, dialect = stream("openai_chat", {"model": "m", "stream": True, "messages": PLAIN})
    assert dialect.frame(events[-1]) == b"data: [DONE]\n\n"
    events, dialect = stream("anthropic", {"model": "m", "stream": True, "messages": PLAIN})
    assert dialect.frame(events[2]) == b'event: ping\ndata: {"type": "ping"}\n\n'
    assert dialect.frame(events[0]).startswith(b"event: message_start\ndata: {")
