"""What each fault makes of a stream, event by event."""

from __future__ import annotations

import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_providers.dialects.base import WireEvent
from mock_providers.faults import (
    CATALOGUE,
    Cut,
    Flush,
    Head,
    Piece,
    Script,
    Wait,
    Wire,
    apply,
    parse,
)
from mock_providers.faults.script import Raw
from mock_providers.faults.spec import LAYERS

HEAD = Head(200, "text/event-stream", (("x-request-id", "r"),))


def frame(event: WireEvent) -> bytes:
    data = event.data if isinstance(event.data, str) else json.dumps(event.data)
    name = f"event: {event.name}\n" if event.name else ""
    return f"{name}data: {data}\n\n".encode("utf-8", "surrogatepass")


def wire_error(name: str) -> tuple[Piece, ...]:
    if name == "formless":
        return ()
    event = WireEvent("error", {"error": {"code": name}})
    return (Piece(frame(event), event), Piece(b"data: [DONE]\n\n", WireEvent("end", "[DONE]")))


WIRE = Wire(frame, wire_error)


def openai(delta, finish=None, **more) -> dict:
    return {"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def call(**fields) -> dict:
    return openai({"tool_calls": [{"index": 0, **fields}]})


USAGE = {"total_tokens": 3, "d": {"cached": 1}}
TEXT = [
    WireEvent("start", openai({"role": "assistant", "content": ""})),
    WireEvent("delta", openai({"content": "He"})),
    WireEvent("delta", openai({"content": "llo"})),
    WireEvent("delta", openai({"content": "!"})),
    WireEvent("finish", openai({}, "stop")),
    WireEvent(
        "usage", {"id": "c", "choices": [], "usage": {"total_tokens": 3, "d": {"cached": 1}}}
    ),
    WireEvent("end", "[DONE]"),
]
TOOLS = [
    WireEvent("delta", call(id="call_1", function={"name": "f", "arguments": ""})),
    WireEvent("delta", call(function={"arguments": '{"a":'})),
    WireEvent("delta", call(function={"arguments": "1}"})),
    WireEvent("finish", openai({}, "tool_calls")),
]


def script(events=TEXT) -> Script:
    return Script(HEAD, [Piece(frame(event), event) for event in events])


def played(fault: str, events=TEXT) -> Script:
    (active,) = parse(fault).steps
    return apply(script(events), active, WIRE)


def data(done: Script) -> list:
    """The JSON (or text) of each event."""
    texts = [
        line.removeprefix(b"data: ").decode()
        for line in b"".join(op.data for op in done.ops if isinstance(op, Piece)).split(b"\n")
        if line.startswith(b"data:")
    ]
    return [text if text == "[DONE]" else json.loads(text) for text in texts]


def contents(done: Script) -> list:
    return [
        choice["delta"]["content"]
        for value in data(done)
        if value != "[DONE]"
        for choice in value.get("choices") or []
        if "content" in choice["delta"]
    ]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("cumulative", ["", "He", "Hello", "Hello!"]),
        ("replacement", ["", "\ufffde", "\ufffdlo", "\ufffd"]),
        ("null", ["", None, None, None]),
        ("think", ["", "<think>hm</think>He", "llo", "!"]),
        ("blocks", ["", *([{"type": "text", "text": t}] for t in ("He", "llo", "!"))]),
        ("separators", ["", *(t + "\u2028\x85\u2029" for t in ("He", "llo", "!"))]),
        ("surrogates", ["", "He\ud83d", "\ude00llo", "!\ud83d"]),
    ],
)
def test_text(mode, expected) -> None:
    assert contents(played(f"text({mode})")) == expected


def test_split_surrogates_are_escapes_on_the_wire() -> None:
    wire = b"".join(op.data for op in played("text(surrogates)").ops)
    assert b"He\\ud83d" in wire
    assert b"\\ude00llo" in wire


def test_a_repeated_role_stands_in_every_delta() -> None:
    roles = [v["choices"][0]["delta"].get("role") for v in data(played("text(role)"))[1:4]]
    assert roles == ["assistant"] * 3


def finishes(done: Script) -> list:
    return [
        v["choices"][0].get("finish_reason", "-")
        for v in data(done)
        if v != "[DONE]" and v["choices"]
    ]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("finish(error)", [None, None, None, None, "error"]),
        ("finish(null)", [None] * 5),
        ("finish(empty)", [None, None, None, None, ""]),
        ("finish(absent)", [None, None, None, None, "-"]),
        ("finish(eos,every=true)", ["eos"] * 5),
        ("dup(finish)", [None, None, None, None, "stop", "stop"]),
        ("drop(finish)", [None] * 4),
    ],
)
def test_finish_reasons(fault, expected) -> None:
    assert finishes(played(fault)) == expected


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("missing", "-"),
        ("null", None),
        ("zero", {"total_tokens": 0, "d": {"cached": 0}}),
        ("floats", {"total_tokens": 3.0, "d": {"cached": 1.0}}),
        ("no_details", {"total_tokens": 3}),
    ],
)
def test_usage(mode, expected) -> None:
    value = data(played(f"usage({mode})"))[5]
    assert value.get("usage", "-") == expected


def test_usage_on_every_content_event() -> None:
    values = data(played("usage(every)"))[1:4]
    assert [value["usage"]["total_tokens"] for value in values] == [3, 3, 3]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("dup(delta,after=2)", ["", "He", "llo", "llo", "!"]),
        ("dup(delta,after=9,count=2)", ["", "He", "llo", "!", "!", "!"]),
        ("dup(all)", ["", "", "He", "He", "llo", "llo", "!", "!"]),
        ("swap(after=1)", ["", "He", "!", "llo"]),
        ("swap(after=9)", ["", "He", "!", "llo"]),
        ("drop(delta)", [""]),
        ("late(after=finish)", ["", "He", "llo", "!", "!"]),
        ("empty(text)", ["", "", "", ""]),
        ("empty(choices)", []),
    ],
)
def test_events_repeated_moved_and_left_out(fault, expected) -> None:
    assert contents(played(fault)) == expected


def test_content_after_the_terminator() -> None:
    assert data(played("late(after=end)"))[-2:] == ["[DONE]", TEXT[3].data]


def test_two_terminators() -> None:
    assert data(played("dup(end)"))[-2:] == ["[DONE]", "[DONE]"]


def calls(done: Script) -> list:
    values = [v["choices"][0]["delta"] for v in data(done) if v != "[DONE]"]
    return [value["tool_calls"][0] for value in values if "tool_calls" in value]


@pytest.mark.parametrize(
    ("mode", "place", "expected"),
    [
        ("no_index", lambda c: c.get("index", "-"), ["-", "-", "-"]),
        ("null_index", lambda c: c["index"], [None] * 3),
        ("zero_index", lambda c: c["index"], [0] * 3),
        ("no_id", lambda c: c.get("id", "-"), ["-"] * 3),
        ("empty_id", lambda c: c.get("id", "-"), ["", "-", "-"]),
        ("null_id", lambda c: c.get("id", "-"), ["null", "-", "-"]),
        ("repeat_name", lambda c: c["function"]["name"], ["f"] * 3),
        ("empty_args", lambda c: c["function"]["arguments"], [""] * 3),
        ("invalid_args", lambda c: c["function"]["arguments"], ["", '{"a"\'', "1'"]),
        ("truncated_args", lambda c: c["function"]["arguments"], ["", '{"a', ""]),
    ],
)
def test_tool_calls(mode, place, expected) -> None:
    assert [place(c) for c in calls(played(f"tools({mode})", TOOLS))] == expected


def test_a_whole_call_comes_in_one_fragment() -> None:
    arguments = [c["function"]["arguments"] for c in calls(played("tools(whole)", TOOLS))]
    assert arguments == ['{"a":1}', "", ""]


def test_a_name_comes_in_two_halves() -> None:
    named = WireEvent("delta", call(id="x", function={"name": "weather", "arguments": ""}))
    first, second, third = calls(played("tools(split_name)", [named, TOOLS[1]]))
    assert (first["id"], first["function"]["name"]) == ("x", "wea")
    assert (second.get("id"), second["function"]["name"]) == (None, "ther")
    assert third == TOOLS[1].data["choices"][0]["delta"]["tool_calls"][0]


def test_parallel_calls_are_interleaved() -> None:
    def fragment(index: int, text: str) -> WireEvent:
        one = {"index": index, "function": {"arguments": text}}
        return WireEvent("delta", openai({"tool_calls": [one]}))

    parallel = [fragment(0, "a"), fragment(0, "b"), fragment(0, "c"), fragment(1, "x"), TEXT[1]]
    done = calls(played("tools(interleaved)", [*parallel, fragment(1, "y")]))
    assert [(c["index"], c["function"]["arguments"]) for c in done] == [
        (0, "a"), (1, "x"), (0, "b"), (1, "y"), (0, "c"),
    ]  # fmt: skip


def test_the_finish_comes_with_the_last_content() -> None:
    done = played("merge_finish")
    assert contents(done) == ["", "He", "llo", "!"]
    assert finishes(done) == [None, None, None, "stop"]


def test_whole_arguments_become_an_object() -> None:
    whole = [WireEvent("delta", call(id="x", function={"name": "f", "arguments": '{"a":1}'}))]
    (one,) = calls(played("tools(turned_args)", whole))
    assert one["function"]["arguments"] == {"a": 1}


def anthropic_block(**fields):
    return {"content_block": {"type": "tool_use", "name": "f", **fields}}


def gemini_part(args):
    return {"candidates": [{"content": {"parts": [{"functionCall": {"name": "f", "args": args}}]}}]}


def bedrock_start(**fields):
    return {"contentBlockStart": {"start": {"toolUse": {"name": "f", **fields}}}}


def responses_item(**fields):
    return {"type": "response.output_item.done", "item": {"type": "function_call", **fields}}


@pytest.mark.parametrize(
    ("event", "mode", "expected"),
    [
        (anthropic_block(input={"a": 1}), "turned_args", anthropic_block(input='{"a": 1}')),
        (gemini_part({"a": 1}), "empty_args", gemini_part({})),
        (bedrock_start(toolUseId="t"), "no_id", bedrock_start()),
        (responses_item(call_id="c"), "empty_id", responses_item(call_id="")),
    ],
)
def test_tool_calls_of_other_dialects(event, mode, expected) -> None:
    assert data(played(f"tools({mode})", [WireEvent("delta", event)])) == [expected]


@pytest.mark.parametrize(
    ("form", "junk"),
    [
        ("comment", b": keepalive\n\n"),
        ("data_comment", b"data: : keepalive\n\n"),
        ("empty_data", b"data: \n\n"),
        ("blank", b"\n"),
        ("ping", b'event: ping\ndata: {"type": "ping"}\n\n'),
    ],
)
def test_keepalives(form, junk) -> None:
    frames = [frame(event) for event in TEXT]
    every = [op.data for op in played(f"keepalive({form})").ops]
    assert every == [data for one in frames for data in (junk, one)]
    first = [op.data for op in played(f"keepalive({form},at=first)").ops]
    assert first == [junk, *frames]
    end = [op.data for op in played(f"keepalive({form},at=end)").ops]
    assert end == [*frames[:-1], junk, frames[-1], junk]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("crlf", b'event: e\r\ndata: {"a": [1]}\r\n\r\n'),
        ("cr", b'event: e\rdata: {"a": [1]}\r\r'),
        ("lf", b'event: e\ndata: {"a": [1]}\n\n'),
        ("nospace", b'event:e\ndata:{"a": [1]}\n\n'),
        ("multiline", b'event: e\ndata: {\ndata:  "a": [\ndata:   1\ndata:  ]\ndata: }\n\n'),
    ],
)
def test_frames_in_other_forms(form, expected) -> None:
    (piece,) = played(f"reframe({form})", [WireEvent("delta", {"a": [1]}, "e")]).ops
    assert piece.data == expected


def test_a_byte_order_mark_stands_once_and_first() -> None:
    pieces = [op.data for op in played("bom").ops]
    assert pieces[0] == b"\xef\xbb\xbf" + frame(TEXT[0])
    assert pieces[1:] == [frame(event) for event in TEXT[1:]]


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0x80]) + data[middle + 1 :]


@pytest.mark.parametrize(
    ("mode", "third"),
    [
        ("badjson", lambda f: f[: (6 + len(f) - 2) // 2] + b"\n\n"),
        ("glued", lambda f: f[:-2] + f[6:]),
        ("unended", lambda f: f[:-2]),
        ("null", lambda f: b"data: null\n\n"),
        ("flipped", flipped),
    ],
)
def test_one_frame_damaged(mode, third) -> None:
    frames = [frame(event) for event in TEXT]
    got = [op.data for op in played(f"garble({mode},after=2)").ops]
    assert got == [*frames[:3], third(frames[3]), *frames[4:]]


def test_binary_frames_are_refused_what_works_on_lines() -> None:
    binary = Script(Head(200, "application/vnd.amazon.eventstream"), script().ops)
    (active,) = parse("reframe(crlf)").steps
    with pytest.raises(LookupError, match="binary frames"):
        apply(binary, active, WIRE)


def test_an_error_that_has_no_form_in_a_stream_is_refused() -> None:
    with pytest.raises(LookupError, match="no form of the error 'formless' inside a stream"):
        played("error_event(formless)")


def test_after_an_error_the_stream_may_go_on() -> None:
    codes = data(played("error_event(x,after=1,end=go_on)"))
    assert codes[2] == {"error": {"code": "x"}}
    assert codes[3:] == [event.data for event in TEXT[2:]]


@pytest.mark.parametrize(("coding", "bits"), [("gzip", 31), ("deflate", 15)])
@pytest.mark.parametrize("flush", ["event", "end"])
def test_compressed_bodies(coding, bits, flush) -> None:
    done = played(f"encode({coding},flush={flush})")
    body = b"".join(op.data for op in done.ops)
    assert zlib.decompress(body, bits) == b"".join(frame(event) for event in TEXT)
    assert dict(done.head.headers)["content-encoding"] == coding
    sizes = [len(op.data) for op in done.ops if op.event is not None]
    assert (len(sizes) == len(TEXT)) == (flush == "event")


def test_a_false_label() -> None:
    plain = played("encode(identity,label=gzip)")
    assert dict(plain.head.headers)["content-encoding"] == "gzip"
    assert list(plain.ops) == list(script().ops)
    bare = played("encode(gzip,label=none)")
    assert "content-encoding" not in dict(bare.head.headers)


def test_latency_waits_before_content() -> None:
    waits = [op.seconds for op in played("latency(ttft=0.5,tps=20)").ops if isinstance(op, Wait)]
    assert waits == [0.5, 0.05, 0.05, 0.05]


def test_jitter_is_drawn_from_the_given_dice() -> None:
    waits = [op for op in played("latency(tps=10,jitter=0.5)").ops if isinstance(op, Wait)]
    again = [op for op in played("latency(tps=10,jitter=0.5)").ops if isinstance(op, Wait)]
    assert waits == again or all(0.05 <= wait.seconds <= 0.15 for wait in (*waits, *again))
    assert len({wait.seconds for wait in waits}) > 1


@pytest.mark.parametrize("text", ["finish(error)", "tools(no_index)", "drop(ping)", "usage(null)"])
def test_a_fault_with_nothing_to_act_on_says_so(text) -> None:
    events = [WireEvent("delta", {"text": "hi"})]
    done = played(text, events)
    assert dict(done.head.headers)["x-mock-idle"] == text
    assert list(done.ops) == list(script(events).ops)


SAFE = [name for name, spec in CATALOGUE.items() if spec.layer in ("time", "cut", "chunk")]
"""Faults that change when and how much is sent, never what."""


def body(done: Script) -> bytes:
    return b"".join(op.data for op in done.ops if isinstance(op, Piece))


@st.composite
def events(draw) -> list[WireEvent]:
    kinds = draw(st.lists(st.sampled_from(["start", "delta", "ping", "other"]), max_size=8))
    ends = draw(st.sampled_from([[], ["finish"], ["finish", "usage", "end"], ["end"]]))
    texts = st.text(max_size=6)
    return [WireEvent(kind, openai({"content": draw(texts)})) for kind in [*kinds, *ends]]


def safe_fault():
    place = st.integers(0, 9)
    return st.one_of(
        st.builds("truncate(after={})".format, place),
        st.builds("truncate(bytes={})".format, st.integers(0, 500)),
        st.builds("reset(after={})".format, place),
        st.builds("truncate(after={},mode=midjson,end={})".format, place,
                  st.sampled_from(["clean", "fin", "rst"])),
        st.builds("stall(at={},after={},for=3)".format,
                  st.sampled_from(["headers", "first", "between", "after"]), place),
        st.builds("drip(bytes={})".format, st.integers(1, 9)),
        st.builds("coalesce(count={})".format, place),
        st.just("split_utf8"),
        st.just("latency(ttft=1,tps=5)"),
    )  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(events(), st.lists(safe_fault(), min_size=1, max_size=3))
def test_faults_of_time_and_size_leave_a_prefix(made, faults) -> None:
    """Whatever is cut, delayed or cut up: what is sent is the beginning of what was to be sent,
    and all of it where nothing is cut."""
    whole = body(script(made))
    (active,) = parse("+".join(faults)).steps
    done = apply(script(made), active, WIRE)
    assert whole.startswith(body(done))
    if not any(fault.name in ("truncate", "reset") for fault in active):
        assert body(done) == whole
    ends = [n for n, op in enumerate(done.ops) if isinstance(op, Cut) and not op.late]
    assert all(n >= ends[0] for n in ends)


def any_fault():
    choices = [
        f"{spec.name}({param.name}={choice})"
        for spec in CATALOGUE.values()
        for param in spec.params
        for choice in param.choices
        if spec.name != "error" and choice not in ("br", "zstd")
    ]
    return st.sampled_from([*choices, *(spec.example for spec in CATALOGUE.values())])


@settings(deadline=None, max_examples=300)
@given(events(), st.lists(any_fault(), min_size=1, max_size=4), st.booleans())
def test_any_faults_on_any_stream_make_a_script(made, faults, stream) -> None:
    """No combination is a mistake of the mock, and a plain body always tells a length."""
    start = script(made) if stream else Script(
        Head(200, "application/json"), [Piece(json.dumps(openai({"content": "x"})).encode())], False
    )  # fmt: skip
    active = tuple(fault for text in faults for fault in parse(text).steps[0])
    try:
        done = apply(start, active, WIRE)
    except LookupError:
        return
    assert all(isinstance(op, Piece | Wait | Flush | Raw | Cut) for op in done.ops)
    if done.head is not None and done.head.framing == "auto" and not done.stream:
        assert "content-length" in dict(done.head.headers)


def test_layers_and_safe_names_are_what_this_file_thinks() -> None:
    assert {spec.layer for spec in CATALOGUE.values()} == set(LAYERS)
    drawn = {"truncate", "reset", "stall", "latency", "drip", "coalesce", "split_utf8"}
    assert set(SAFE) == drawn | {"no_headers"}
