"""What was asked and what is answered, in no provider's form.

A dialect turns a request body into an `Ask` and a `Turn` into bytes; the generator, scripts and
fixtures between the two know no provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Finish = Literal[
    "stop", "length", "stop_sequence", "tool_calls", "content_filter", "refusal", "pause", "error"
]
"""Why an answer ended, neutral; the profile's table gives the provider's word."""


@dataclass(frozen=True, slots=True)
class AskedTool:
    """A function the caller offers; ``parameters`` is its JSON Schema."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True, slots=True)
class AskedMessage:
    """One message of the conversation: role (system, user, assistant, tool), its text, and
    how many images, audio clips and documents it holds. ``tool_results`` are call ids answered
    here, ``tool_calls`` names called here."""

    role: str
    text: str = ""
    images: int = 0
    audio: int = 0
    documents: int = 0
    tool_results: tuple[str, ...] = ()
    tool_calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as the generator sees it.

    ``operation``: chat, embeddings, rerank, models, count_tokens …; ``tool_choice``: auto, none,
    required or a tool's name; ``schema``: JSON Schema the text must satisfy; ``json_mode``: any
    JSON object; ``logprobs``: how many alternatives, ``None`` for none at all; ``reasoning``:
    whether the answer thinks aloud; ``inputs``: texts to embed or documents to rank; ``form``:
    which of the dialect's wire forms the caller wants, empty for the usual one; ``caching``:
    whether long prefixes are read from a cache (``auto``, or ``marked`` by the caller). ``raw`` is
    the parsed body.
    """

    operation: str
    model: str
    stream: bool = False
    messages: tuple[AskedMessage, ...] = ()
    tools: tuple[AskedTool, ...] = ()
    tool_choice: str = "auto"
    parallel_tools: bool = True
    schema: Mapping[str, Any] | None = None
    json_mode: bool = False
    n: int = 1
    stop: tuple[str, ...] = ()
    max_tokens: int | None = None
    logprobs: int | None = None
    reasoning: bool = False
    include_usage: bool = True
    seed: int | None = None
    dimensions: int | None = None
    inputs: tuple[str, ...] = ()
    form: str = ""
    caching: Literal["", "auto", "marked"] = ""
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def last_user_text(self) -> str:
        """Text of the last user message; empty where there is none."""
        return next((m.text for m in reversed(self.messages) if m.role == "user"), "")


@dataclass(frozen=True, slots=True)
class Text:
    """Text, cut into the pieces a stream sends."""

    pieces: tuple[str, ...]

    @property
    def whole(self) -> str:
        """The text in one piece."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Reasoning text in pieces, with the signature or the redacted data of its block."""

    pieces: tuple[str, ...]
    signature: str | None = None
    redacted: str | None = None

    @property
    def whole(self) -> str:
        """The reasoning in one piece."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call; ``pieces`` add up to the JSON text of its arguments (which a script may make
    invalid on purpose). ``id`` is ``None`` where the dialect makes one."""

    name: str
    pieces: tuple[str, ...]
    id: str | None = None

    @property
    def whole(self) -> str:
        """The arguments' JSON text."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal in the words of the model."""

    pieces: tuple[str, ...]

    @property
    def whole(self) -> str:
        """The refusal in one piece."""
        return "".join(self.pieces)


Part = Text | Reasoning | Call | Refusal


@dataclass(frozen=True, slots=True)
class Answer:
    """One candidate: its parts in order and why it ended. ``matched_stop``: the stop sequence."""

    parts: tuple[Part, ...]
    finish: Finish = "stop"
    matched_stop: str | None = None


@dataclass(frozen=True, slots=True)
class TurnUsage:
    """Token counts; ``cached`` (read from a cache) and ``written`` (into it) are parts of
    ``input``, ``reasoning`` of ``output``."""

    input: int
    output: int
    cached: int = 0
    written: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """A whole answer: one or more candidates and what they cost."""

    answers: tuple[Answer, ...]
    usage: TurnUsage
