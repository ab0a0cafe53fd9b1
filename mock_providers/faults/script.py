"""An answer as a script: what is written, when, and how it ends.

Faults are pure functions from script to script; `deliver` alone plays one. A script that simply
runs out ends as HTTP wants it; one that reaches a `Cut` ends there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal

from mock_providers.dialects.base import WireEvent

Framing = Literal["auto", "close", "http10", "trailers"]
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Head:
    """Status line and headers. ``reason`` is the reason phrase, ``None`` for the usual one;
    ``framing`` says how the body's end is marked: as the server does it, or by closing
    (HTTP/1.1 or 1.0), or by chunks and a trailer."""

    status: int = 200
    content_type: str | None = None
    headers: Headers = ()
    reason: str | None = None
    framing: Framing = "auto"

    def without(self, *names: str) -> Head:
        """A copy without these headers (lower case)."""
        return replace(
            self, headers=tuple((n, v) for n, v in self.headers if n.lower() not in names)
        )

    def adding(self, *headers: tuple[str, str]) -> Head:
        """A copy with these headers in place of those of the same name."""
        kept = self.without(*(name.lower() for name, _ in headers))
        return replace(kept, headers=(*kept.headers, *headers))


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of the body, and the event they are, where they are one. Goes out as one write."""

    data: bytes
    event: WireEvent | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Silence: seconds, after everything before has left."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Flush:
    """Go on when everything before has been taken by the other side's kernel."""


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes beneath HTTP's framing: no chunk is made of them."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """The end of the connection: ``fin`` closes it, ``rst`` resets it. What was written before
    has arrived first. ``late`` cuts after the answer has ended as it should."""

    mode: Literal["fin", "rst"]
    late: bool = False


Op = Piece | Wait | Flush | Raw | Cut


@dataclass(frozen=True, slots=True)
class Script:
    """Head (``None``: the connection ends before one) and what follows it. ``stream``: the body
    is a sequence of events, else one plain piece. ``before`` is what happens before the head."""

    head: Head | None
    ops: Iterable[Op]
    stream: bool = True
    before: tuple[Op, ...] = ()

    def mapped(self, change: Callable[[Iterator[Op]], Iterator[Op]]) -> Script:
        """A copy whose operations went through ``change``."""
        return replace(self, ops=change(iter(self.ops)))

    def with_head(self, change: Callable[[Head], Head]) -> Script:
        """A copy whose head, if there is one, went through ``change``."""
        return self if self.head is None else replace(self, head=change(self.head))


def _no_error(name: str) -> tuple[Piece, ...]:
    raise LookupError(f"no in-stream form of the error {name!r} is known here")


def _no_frame(event: WireEvent) -> bytes:
    raise LookupError(f"this answer has no events, so {event!r} has no bytes")


@dataclass(frozen=True, slots=True)
class Wire:
    """What a fault may know of the answer's wire format: how an event becomes bytes; the pieces
    that tell of an error inside a stream, by its name or status in the provider's table (empty
    where the API has no such form); dice; UTC seconds."""

    frame: Callable[[WireEvent], bytes] = _no_frame
    error: Callable[[str], tuple[Piece, ...]] = _no_error
    random: Random = field(default_factory=lambda: Random(0))
    now: float = 0.0
