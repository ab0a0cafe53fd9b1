"""A case and the transcript of a client that did well; tests change one thing in it."""

from dataclasses import replace

from conformance.model import CallRecord, Case, Event, RequestRecord, Transcript, WireRecord

CASE = Case(
    id="area.subject",
    title="Something happens",
    axes={"dialect": "openai"},
    clauses=("CHAT-1",),
    calls=({"prompt": "Say hello.", "stream": True, "model": "openai/gpt-4o"},),
    server=({"turn": {"text": "Hello"}},),
)

TOOL = {"id": "a", "name": "f", "arguments": {"x": 1}, "raw": '{"x":1}', "complete": True}

CALL = CallRecord(
    started=0.0,
    ended=2.0,
    events=(
        Event(1.0, "text", {"text": "Hel"}),
        Event(1.5, "text", {"text": "lo"}),
        Event(1.6, "tool_start", {"id": "a", "name": "f"}),
        Event(1.6, "tool_args", {"id": "a", "text": '{"x"'}),
        Event(1.7, "tool_args", {"id": "a", "text": ":1}"}),
        Event(1.7, "tool_end", {"id": "a", "complete": True}),
        Event(2.0, "end", {"finish": "tool_use"}),
    ),
    response={
        "text": "Hello",
        "thinking": "",
        "tool_calls": [TOOL],
        "finish": "tool_use",
        "usage": {"input": 3, "output": 4},
    },
)

REQUEST = RequestRecord(
    at=0.0,
    connection=0,
    provider="openai",
    method="POST",
    path="/v1/chat/completions",
    headers={"authorization": "Bearer {{secret}}"},
    body={"model": "gpt-4o", "messages": [{"role": "user", "content": "Say hello."}]},
    reply=0,
)

TRANSCRIPT = Transcript(
    case=CASE.name,
    client="fake 1",
    calls=(CALL,),
    requests=(REQUEST,),
    wire=(
        WireRecord(0.0, 0, "opened"),
        WireRecord(1.0, 0, "sent", "HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n", 2),
        WireRecord(2.0, 0, "closed"),
    ),
)


def with_call(**changes):
    return replace(TRANSCRIPT, calls=(replace(CALL, **changes),))


def with_request(**changes):
    return replace(TRANSCRIPT, requests=(replace(REQUEST, **changes),))


def expecting(call=None, **whole):
    return replace(CASE, calls=({**CASE.calls[0], "expect": call or {}},), expect=whole)
