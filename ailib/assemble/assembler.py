"""Raw events to `StreamingEvent`s: what each name means.

| raw event            | fields                                                             |
|----------------------|--------------------------------------------------------------------|
| PartialContentDelta  | content, signature, refusal, cumulative                            |
| ThinkingDelta        | thinking, signature, redacted, id, cumulative                      |
| ToolCallStarted      | key, id, name, input, signature                                    |
| PartialToolCall      | as above and arguments, whole; or tool_calls, tool_call as sent;   |
|                      | or values at paths, goes_on                                        |
| ToolCallEnded        | key                                                                |
| RawBlock             | key, block                                                         |
| Candidate            | none: an answer exists, even an empty one                          |
| StreamEnd            | finish_reason, refusal, message (FinalCandidate means the same)    |
| Metadata             | usage (UsageReport means the same)                                 |
| MessageStart         | id: another id within one answer is an error                       |
| StreamError          | error, code                                                        |
| Done                 | none: the terminator                                               |

All but the last three may carry ``candidate`` (default 0) and ``key`` (the block's number).
Unknown names are ignored, so that a public manifest may use its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from ailib.assemble.candidate import Growing, Text, Thinking
from ailib.assemble.plan import AnswerPlan
from ailib.assemble.think import Pieces
from ailib.assemble.usage import merged
from ailib.errors import MalformedResponseError, RemoteError, StandardErrorCode
from ailib.mapping import RawEvent
from ailib.types import (
    Candidate,
    ContentDelta,
    FinalCandidate,
    Metadata,
    StreamEnd,
    StreamingEvent,
    ThinkingDelta,
    Usage,
)

Fields = Mapping[str, Any]
InStreamError = Callable[[Any, str | None], RemoteError]
Handler = Callable[[Any, Fields, list[StreamingEvent]], None]


class Assembler:
    """The state of one answer."""

    def __init__(self, plan: AnswerPlan, in_stream_error: InStreamError) -> None:
        self._plan, self._in_stream_error = plan, in_stream_error
        self.candidates: dict[int | str, Growing] = {}
        self.done = False
        self.model: str | None = None
        self.response_id: str | None = None
        self._message_id: str | None = None
        self._usage: dict[str, Any] | None = None
        self._frame: Sequence[RawEvent] = ()
        self.usage: Usage | None = None
        """As reported so far."""

    def take(self, events: Sequence[RawEvent], out: list[StreamingEvent]) -> None:
        """Appends the events that raw ones mean. Raises `RemoteError` for an error among them,
        `MalformedResponseError` for a second answer within the first."""
        handlers = self._HANDLERS
        self._frame = events
        for name, fields in events:
            handler = handlers.get(name)
            if handler is not None:
                handler(self, fields, out)

    @property
    def finished(self) -> bool:
        """Whether a finish reason was seen."""
        return any(c.raw_finish is not None for c in self.candidates.values())

    def end(self, out: list[StreamingEvent]) -> None:
        """Appends the events of a good end; `StreamEnd` is the last."""
        many = len(self.candidates) > 1
        for one in self.candidates.values():
            _think(one, None, one.thought.flush(), out)
            _say(one, None, one.last_words(), out)
            one.tools.end_all(out)
            if many:
                self._tell(one, out)
        first = self.candidates.get(0) or next(iter(self.candidates.values()), None)
        finish = self._reason(first) if first else None
        out.append(StreamEnd(finish, first.raw_finish if first else None, self.usage))

    def built(self) -> tuple[Candidate, ...]:
        """All candidates so far, by index."""
        ordered = sorted(self.candidates.values(), key=lambda one: one.index)
        return tuple(one.built(self._reason(one)) for one in ordered)

    def _candidate(self, fields: Fields) -> Growing:
        index = fields.get("candidate") or 0
        if not isinstance(index, int | str):
            index = 0
        found = self.candidates.get(index)
        if found is None:
            number = index if isinstance(index, int) else len(self.candidates)
            plan = self._plan
            found = Growing(number, append_names=plan.append_names, think_tags=plan.think_tags)
            self.candidates[index] = found
        return found

    def _exists(self, fields: Fields, out: list[StreamingEvent]) -> None:  # noqa: ARG002
        self._candidate(fields)

    def _text(self, fields: Fields, out: list[StreamingEvent]) -> None:
        content = fields.get("content")
        if content.__class__ is not str:
            content = _plain(content)
        one = self._candidate(fields)
        if fields.get("cumulative"):
            content = _news(content, one.joined(Text))
        if fields.get("refusal") and content:
            one.refused = True
        key, signature = fields.get("key"), fields.get("signature")
        if one.takes_as_is(content):
            one.text(key).parts.append(content)
            out.append(ContentDelta(content, one.index))
        else:
            _say(one, key, one.words(content), out)
        if signature:
            part = one.text(key)
            if part.parts and not content:
                part = Text(key)
                one.parts.append(part)
            part.signature = str(signature)

    def _thinking(self, fields: Fields, out: list[StreamingEvent]) -> None:
        thinking = fields.get("thinking")
        if thinking.__class__ is not str:
            thinking = _plain(thinking)
        one = self._candidate(fields)
        if fields.get("cumulative"):
            thinking = _news(thinking, one.joined(Thinking))
        signature, redacted = fields.get("signature"), fields.get("redacted")
        if redacted:
            one.parts.append(Thinking(fields.get("key"), redacted=str(redacted)))
            return
        key = fields.get("key")
        _think(one, key, one.thought.join(thinking), out, signature)
        if "id" in fields:
            part = one.thinking(key)
            part.id = part.id or fields["id"]

    def _tool(self, fields: Fields, out: list[StreamingEvent]) -> None:
        listed = fields.get("tool_calls", fields.get("tool_call"))
        if listed is not None:
            for item in listed if isinstance(listed, list) else [listed]:
                self._tool({**fields, "tool_calls": None, "tool_call": None, **_as_sent(item)}, out)
            return
        one = self._candidate(fields)
        key = _key(fields)
        raw = one.raw(key)
        if raw is not None:
            raw.parts.append(str(fields.get("arguments") or ""))
            return
        known = len(one.tools.calls)
        goes_on = bool(fields.get("goes_on"))
        if "values" in fields or goes_on or (one.tools.fills_paths and not fields.get("name")):
            call = one.tools.at_paths(
                out,
                id=fields.get("id"),
                name=fields.get("name"),
                signature=fields.get("signature"),
                values=fields.get("values"),
                goes_on=goes_on,
            )
        else:
            call = one.tools.fragment(
                out,
                key=key,
                id=fields.get("id"),
                name=fields.get("name"),
                arguments=fields.get("arguments"),
                input=fields.get("input"),
                signature=fields.get("signature"),
                whole=bool(fields.get("whole")),
                back=self._back(fields) if _is_anonymous(fields) else 1,
            )
        if call is not None and len(one.tools.calls) > known:
            one.parts.append(call)

    def _back(self, fields: Fields) -> int:
        """How many fragments of the frame name no call, from this one on: they belong to the
        last so many calls, in order (Moonshot sends parallel calls without an index)."""
        frame = [f for name, f in self._frame if name == "PartialToolCall" and _is_anonymous(f)]
        same = [f for f in frame if f.get("candidate") == fields.get("candidate")]
        return len(same) - next((i for i, f in enumerate(same) if f is fields), len(same) - 1)

    def _tool_end(self, fields: Fields, out: list[StreamingEvent]) -> None:
        self._candidate(fields).tools.end(_key(fields), out)

    def _raw_block(self, fields: Fields, out: list[StreamingEvent]) -> None:  # noqa: ARG002
        self._candidate(fields).keep(_key(fields), fields.get("block"))

    def _finish(self, fields: Fields, out: list[StreamingEvent]) -> None:
        raw = fields.get("finish_reason")
        if "candidate_index" in fields:
            fields = {**fields, "candidate": fields["candidate_index"]}
        one = self._candidate(fields)
        if not isinstance(raw, str | int) or raw == "" or raw in self._plan.empty_finish:
            return
        if one.raw_finish is not None:
            return
        one.raw_finish = str(raw)
        one.refused = one.refused or bool(fields.get("refusal"))
        if (failure := self._plan.failed.get(one.raw_finish)) is not None:
            why = f": {fields['message']}" if fields.get("message") else ""
            raise RemoteError(
                f"the provider gave up: finish reason {one.raw_finish!r}{why}",
                code=one.raw_finish,
                in_stream=True,
                standard_code=StandardErrorCode.from_name(failure),
            )
        one.tools.end_all(out, cut=self._plan.normalise(one.raw_finish) == "max_tokens")
        if len(self.candidates) > 1:
            self._tell(one, out)

    def _tell(self, one: Growing, out: list[StreamingEvent]) -> None:
        if not one.told:
            one.told = True
            out.append(FinalCandidate(one.index, self._reason(one), one.raw_finish))

    def _reason(self, one: Growing) -> str | None:
        """The normalised reason over the whole answer: providers say ``stop``, or a word of their
        own, after tool calls and after refusals. A word known to mean neither stays."""
        reason = self._plan.normalise(one.raw_finish)
        unknown = reason == "other" and one.raw_finish not in self._plan.finish
        if one.tools.named and (reason == "end_turn" or unknown):
            return "tool_use"
        return "refusal" if reason in ("end_turn", "other") and one.refused else reason

    def _metadata(self, fields: Fields, out: list[StreamingEvent]) -> None:
        report = fields.get("usage")
        if isinstance(report, dict) and report:
            usage = merged(self._usage, report)
            if usage != self._usage:
                self._usage = usage
                self.usage = self._plan.usage(usage)
                out.append(Metadata(self.usage, self.model, self.response_id))

    def _message_start(self, fields: Fields, out: list[StreamingEvent]) -> None:  # noqa: ARG002
        began = _word(fields.get("id"))
        if self._message_id is not None and began != self._message_id:
            raise MalformedResponseError("a second answer begins within the first")
        self._message_id = began

    def _error(self, fields: Fields, out: list[StreamingEvent]) -> None:  # noqa: ARG002
        raise self._in_stream_error(fields.get("error"), _word(fields.get("code")))

    def _terminator(self, fields: Fields, out: list[StreamingEvent]) -> None:  # noqa: ARG002
        self.done = True

    _HANDLERS: ClassVar[Mapping[str, Handler]] = {
        "PartialContentDelta": _text,
        "ThinkingDelta": _thinking,
        "ToolCallStarted": _tool,
        "PartialToolCall": _tool,
        "ToolCallEnded": _tool_end,
        "RawBlock": _raw_block,
        "Candidate": _exists,
        "StreamEnd": _finish,
        "FinalCandidate": _finish,
        "Metadata": _metadata,
        "UsageReport": _metadata,
        "MessageStart": _message_start,
        "StreamError": _error,
        "Done": _terminator,
    }


def _is_anonymous(fields: Fields) -> bool:
    return not (fields.get("id") or fields.get("name")) and fields.get("key") is None


def _key(fields: Fields) -> Any:
    """The block's number; whatever cannot be one is none."""
    key = fields.get("key")
    return None if isinstance(key, list | dict) else key


def _say(one: Growing, key: Any, pieces: Pieces, out: list[StreamingEvent]) -> None:
    for is_reasoning, text in pieces:
        if is_reasoning:
            _think(one, None, text, out)
        else:
            one.text(key).parts.append(text)
            out.append(ContentDelta(text, one.index))


def _think(
    one: Growing, key: Any, text: str, out: list[StreamingEvent], signature: Any = None
) -> None:
    if not text and not signature:
        return
    part = one.thinking(key)
    part.parts.append(text)
    if signature:
        part.signature = (part.signature or "") + str(signature)
    out.append(ThinkingDelta(text, one.index, str(signature) if signature else None))


def _as_sent(item: Any) -> dict[str, Any]:
    """A tool call as a provider sends it (public manifests extract the raw list)."""
    if not isinstance(item, dict):
        return {}
    function = item.get("function")
    inner = function if isinstance(function, dict) else item
    arguments = next((inner[n] for n in ("arguments", "args", "input") if n in inner), None)
    return {
        "key": item.get("index"),
        "id": item.get("id"),
        "name": inner.get("name"),
        "arguments": arguments,
        "whole": "args" in inner,
    }


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _plain(value: Any) -> str:
    """Text of what should have been text: nothing for null, JSON for an object."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        return str(value["text"])
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _news(now: str, before: str) -> str:
    """What a cumulative text adds."""
    if now.startswith(before):
        return now[len(before) :]
    return "" if before.startswith(now) else now
