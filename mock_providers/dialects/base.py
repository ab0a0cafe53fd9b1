"""What a dialect is: the wire format of one API, without I/O.

Theory of operation. ``ask`` reads a request body into an `Ask`. ``body`` writes a `Turn` as the
JSON of a plain answer. ``events`` writes it as the sequence of events a stream sends, each with
its name and JSON (or bytes); ``frame`` gives one event its bytes (SSE, NDJSON, event stream,
piece of a JSON array). Faults work on these events and bytes; a dialect knows nothing of them.
All randomness comes from the `Context`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, Protocol

from mock_providers.answer.model import Ask, Turn

EventKind = Literal["start", "delta", "ping", "finish", "usage", "end", "error", "other"]


@dataclass(frozen=True, slots=True)
class WireEvent:
    """One event of a stream before it has bytes.

    ``kind`` is what the event is for, so that faults can aim at it without knowing the dialect:
    ``delta`` carries content, ``finish`` the finish reason, ``usage`` only usage, ``end`` is the
    terminator (``[DONE]``, ``message_stop``). ``name`` is the SSE event name or ``None``;
    ``data`` the JSON value, or ready text (``[DONE]``). In a streamed JSON array ``name`` is what
    stands before the element: ``[`` or ``,``.
    """

    kind: EventKind
    data: Any
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """A request as it arrived; ``params`` are the path's (``model``, ``deployment``),
    ``headers`` have lower-case names, ``json`` is the parsed body (``None`` where it is none)."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    json: Any = None


@dataclass(slots=True)
class Context:
    """What one answer may use: its own dice, the time (epoch seconds), the profile's quirks.

    ``finish_reasons`` maps the neutral `Finish` words to the provider's, over the dialect's own
    table. ``models`` are the profile's model rows as they stand (``id``, and where known
    ``created`` epoch seconds, ``owned_by``, ``display_name``, ``input_limit``, ``output_limit``).
    """

    random: Random
    now: float
    provider: str
    quirks: Mapping[str, Any] = field(default_factory=dict)
    finish_reasons: Mapping[str, str] = field(default_factory=dict)
    models: Sequence[Mapping[str, Any]] = ()


class Dialect(Protocol):
    """The wire format of one API family."""

    @property
    def name(self) -> str:
        """The name a profile's endpoint rows use: ``openai_chat``."""

    def ask(self, inbound: Inbound, operation: str) -> Ask:
        """The request in neutral form. Called after validation; takes missing fields as default."""

    def body(self, turn: Turn, ask: Ask, context: Context) -> Any:
        """The JSON of a plain answer."""

    def events(self, turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
        """The events of a streamed answer, in the order the real API sends them."""

    def frame(self, event: WireEvent) -> bytes:
        """The bytes of one event."""

    def encode(self, body: Any) -> bytes:
        """The bytes of a plain answer or an error body, in the API's own white space."""

    def content_type(self, ask: Ask, context: Context) -> str:
        """The content type of an answer with status 200 (``ask.stream``, ``ask.form``)."""
