"""What of an outcome a case looks at, see ``want`` of `tests.support.cases`:

    text, reasoning, finish, raw_finish, model    of the first candidate
    usage              figures by name; ``input_sum``: input, cached ones included; null: no usage
    tool_calls         name, arguments, id, raw (their text), complete, signature
    signatures, kinds  of the content blocks, in order
    ends, tool_ends    how many StreamEnd and ToolCallEnded events came
    error              fields of the error; message, in_text and body_has are parts of it
    candidates, ids_distinct, encodes, end_behind_arguments, body_has

Text and tool calls that are not named must be empty, and no error may be raised that is not.
"""

from __future__ import annotations

import json

from ailib.types import StreamEnd, ToolCallEnded
from tests.support.cases import Case
from tests.support.reading import Outcome, shown

PARTS = ("message", "in_text", "body_has")
EMPTY = {"text": "", "tool_calls": [], "error": None}


def call_shown(call):
    return {
        "name": call.name,
        "arguments": call.arguments,
        "id": call.id,
        "raw": call.arguments_raw,
        "complete": call.is_complete,
        "signature": call.signature,
    }


def usage_shown(usage):
    parts = (usage.prompt_tokens, usage.cache_read_tokens, usage.cache_creation_tokens)
    known = {name: usage.get(name) for name in usage}
    return {**usage.raw, **known, "input_sum": sum(part or 0 for part in parts)}


LOOKS = {
    "text": lambda o: o.response.content,
    "text_length": lambda o: len(o.response.content),
    "reasoning": lambda o: o.response.thinking,
    "finish": lambda o: o.response.finish_reason,
    "raw_finish": lambda o: o.response.raw_finish_reason,
    "model": lambda o: o.response.model,
    "candidates": lambda o: len(o.response.candidates),
    "kinds": lambda o: [kind(b) for b in o.response.first.blocks],
    "signatures": lambda o: [s for b in o.response.first.blocks if (s := signature(b))],
    "ends": lambda o: sum(isinstance(e, StreamEnd) for e in o.events),
    "tool_ends": lambda o: sum(isinstance(e, ToolCallEnded) for e in o.events),
    "ids_distinct": lambda o: distinct([call.id for call in o.response.tool_calls]),
    "encodes": lambda o: o.response.content.encode().decode() == o.response.content,
    "end_behind_arguments": lambda o: ends_behind_arguments(o.events),
}


def kind(block):
    return "redacted_thinking" if getattr(block, "redacted", None) else block.type


def signature(block):
    return getattr(block, "signature", None)


def distinct(ids):
    return all(ids) and len(set(ids)) == len(ids)


def ends_behind_arguments(events):
    names = [event.event_type for event in events]
    last = max(i for i, name in enumerate(names) if name == "PartialToolCall")
    return names.index("ToolCallEnded") > last


def seen(case: Case, out: Outcome):
    """What came out, as far as the case names it."""
    want = {**EMPTY, **case.want}
    found = {name: LOOKS[name](out) for name in want if name in LOOKS}
    if "tool_calls" in want:
        calls = [call_shown(call) for call in out.response.tool_calls]
        if len(calls) == len(want["tool_calls"]):
            calls = [
                {k: v for k, v in call.items() if k in wanted}
                for call, wanted in zip(calls, want["tool_calls"], strict=True)
            ]
        found["tool_calls"] = calls
    if "usage" in want:
        usage = out.response.usage
        if usage is not None and want["usage"] is not None:
            usage = {k: v for k, v in usage_shown(usage).items() if k in want["usage"]}
        found["usage"] = usage
    if "body_has" in want:
        text = str(out.response.first.blocks)
        found["body_has"] = want["body_has"] if want["body_has"] in text else text
    found["error"] = error_seen(want["error"], out)
    return found, want


def error_seen(want, out: Outcome):
    if out.error is None:
        return None
    error = shown(out.error)
    if want is None:
        return error
    found = {}
    for name, value in want.items():
        there = error[name]
        if name in PARTS:
            text = there if isinstance(there, str) else json.dumps(there, ensure_ascii=False)
            there = value if value in text else text
        found[name] = there
    return found


def check_every_answer(case: Case, out: Outcome) -> None:
    """Rules of every answer: one end and it is last, deltas add up to the response."""
    names = [event.event_type for event in out.events]
    if case.stream and out.error is None:
        assert names.count("StreamEnd") == 1
        assert names[-1] == "StreamEnd"
    if out.error is not None:
        assert "StreamEnd" not in names
    if case.stream and out.response.candidates:
        index = out.response.first.index
        for name, field in (("content", "content"), ("thinking", "thinking")):
            text = "".join(
                getattr(event, field)
                for event in out.events
                if hasattr(event, field) and event.index == index
            )
            assert text == getattr(out.response, name)
