"""One request in the journal."""

from __future__ import annotations

from dataclasses import dataclass, field

from mock_providers.answer import Turn
from mock_providers.dialects import Inbound


@dataclass(slots=True)
class Entry:
    """A request and its answer. ``at`` is UTC in epoch seconds; ``seconds`` how long the answer
    took; ``status`` is ``None`` while it is being written (or where no head was sent); ``end``:
    open, complete, fin, rst, gone; ``error`` is the row of the error table that answered;
    ``notes`` are what a lenient server overlooked."""

    id: int
    at: float
    provider: str
    operation: str
    request: Inbound
    model: str = ""
    stream: bool = False
    status: int | None = None
    size: int = 0
    seconds: float = 0.0
    end: str = "open"
    error: str = ""
    faults: tuple[str, ...] = ()
    fixture: str = ""
    notes: list[str] = field(default_factory=list)
    turn: Turn | None = None

    @property
    def test(self) -> str:
        """The test it belongs to (header ``X-Mock-Test``)."""
        return self.request.headers.get("x-mock-test", "")
