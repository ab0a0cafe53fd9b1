"""What a stream delivers: one event after another, exactly one `StreamEnd`, the last one.

Order within a stream: any number of content, thinking and tool events, `Metadata`,
`FinalCandidate`; then `StreamEnd`. For a tool call: `ToolCallStarted`, then `PartialToolCall`
fragments (they add up to the arguments' JSON text), then `ToolCallEnded`. A failure is raised
from the iterator and is its end; no event follows it.

Events are slotted and unfrozen because millions are made; treat them as values.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar

from ailib.errors import ValidationError
from ailib.types.usage import Usage

E = TypeVar("E", bound="StreamingEvent")


class StreamingEvent:
    """Base of all events, with a question and a typed accessor for each kind."""

    __slots__ = ()
    event_type: ClassVar[str]
    is_content_delta: ClassVar[bool] = False
    is_thinking_delta: ClassVar[bool] = False
    is_tool_call_started: ClassVar[bool] = False
    is_partial_tool_call: ClassVar[bool] = False
    is_tool_call_ended: ClassVar[bool] = False
    is_metadata: ClassVar[bool] = False
    is_final_candidate: ClassVar[bool] = False
    is_stream_end: ClassVar[bool] = False
    is_stream_error: ClassVar[bool] = False

    def _as(self, kind: type[E]) -> E:
        if isinstance(self, kind):
            return self
        raise ValidationError(
            f"event is a {type(self).__name__}, not a {kind.__name__}",
            hint="ask the matching is_… property first",
        )

    @property
    def as_content_delta(self) -> ContentDelta:
        """This event as `ContentDelta`; `ValidationError` if it is another kind."""
        return self._as(ContentDelta)

    @property
    def as_thinking_delta(self) -> ThinkingDelta:
        """This event as `ThinkingDelta`."""
        return self._as(ThinkingDelta)

    @property
    def as_tool_call_started(self) -> ToolCallStarted:
        """This event as `ToolCallStarted`."""
        return self._as(ToolCallStarted)

    @property
    def as_partial_tool_call(self) -> PartialToolCall:
        """This event as `PartialToolCall`."""
        return self._as(PartialToolCall)

    @property
    def as_tool_call_ended(self) -> ToolCallEnded:
        """This event as `ToolCallEnded`."""
        return self._as(ToolCallEnded)

    @property
    def as_metadata(self) -> Metadata:
        """This event as `Metadata`."""
        return self._as(Metadata)

    @property
    def as_final_candidate(self) -> FinalCandidate:
        """This event as `FinalCandidate`."""
        return self._as(FinalCandidate)

    @property
    def as_stream_end(self) -> StreamEnd:
        """This event as `StreamEnd`."""
        return self._as(StreamEnd)


@dataclass(slots=True)
class ContentDelta(StreamingEvent):
    """A piece of text, never empty; ``index`` is the candidate's."""

    event_type: ClassVar[str] = "PartialContentDelta"
    is_content_delta: ClassVar[bool] = True
    content: str
    index: int = 0

    @property
    def text(self) -> str:
        """Same as ``content``."""
        return self.content


@dataclass(slots=True)
class ThinkingDelta(StreamingEvent):
    """A piece of reasoning; an empty one may carry the ``signature`` of the block it ends."""

    event_type: ClassVar[str] = "ThinkingDelta"
    is_thinking_delta: ClassVar[bool] = True
    thinking: str
    index: int = 0
    signature: str | None = None

    @property
    def text(self) -> str:
        """Same as ``thinking``."""
        return self.thinking


@dataclass(slots=True)
class ToolCallStarted(StreamingEvent):
    """A tool call begins; ``index`` counts the calls of the answer from 0."""

    event_type: ClassVar[str] = "ToolCallStarted"
    is_tool_call_started: ClassVar[bool] = True
    tool_call_id: str
    tool_name: str
    index: int = 0

    @property
    def id(self) -> str:
        """Same as ``tool_call_id``."""
        return self.tool_call_id

    @property
    def name(self) -> str:
        """Same as ``tool_name``."""
        return self.tool_name


@dataclass(slots=True)
class PartialToolCall(StreamingEvent):
    """A fragment of a call's arguments (JSON text)."""

    event_type: ClassVar[str] = "PartialToolCall"
    is_partial_tool_call: ClassVar[bool] = True
    tool_call_id: str
    arguments: str
    index: int = 0

    @property
    def id(self) -> str:
        """Same as ``tool_call_id``."""
        return self.tool_call_id


@dataclass(slots=True)
class ToolCallEnded(StreamingEvent):
    """A call is whole; ``is_complete`` is false where its arguments are no JSON object."""

    event_type: ClassVar[str] = "ToolCallEnded"
    is_tool_call_ended: ClassVar[bool] = True
    tool_call_id: str
    index: int = 0
    is_complete: bool = True

    @property
    def id(self) -> str:
        """Same as ``tool_call_id``."""
        return self.tool_call_id


@dataclass(slots=True)
class Metadata(StreamingEvent):
    """What the provider said about the answer: usage so far, the model's own name, an id."""

    event_type: ClassVar[str] = "Metadata"
    is_metadata: ClassVar[bool] = True
    usage: Usage | None = None
    model: str | None = None
    response_id: str | None = None


@dataclass(slots=True)
class FinalCandidate(StreamingEvent):
    """One of several candidates is finished (only where more than one was asked for)."""

    event_type: ClassVar[str] = "FinalCandidate"
    is_final_candidate: ClassVar[bool] = True
    candidate_index: int
    finish_reason: str | None = None
    raw_finish_reason: str | None = None


@dataclass(slots=True)
class StreamEnd(StreamingEvent):
    """The one terminal event. ``finish_reason`` is normalised, ``raw_finish_reason`` as sent."""

    event_type: ClassVar[str] = "StreamEnd"
    is_stream_end: ClassVar[bool] = True
    finish_reason: str | None = None
    raw_finish_reason: str | None = None
    usage: Usage | None = None


def describe(event: StreamingEvent) -> dict[str, Any]:
    """The event as plain data, ``event_type`` first (for logs, transcripts and tests)."""
    own = [field.name for field in fields(event)]  # type: ignore[arg-type]  # every kind is one
    return {"event_type": event.event_type, **{name: getattr(event, name) for name in own}}
