"""How fast a model answers: time to the first token, tokens a second, jitter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from mock_providers.dialects.base import WireEvent
from mock_providers.faults import Wait

Frame = tuple[WireEvent | None, bytes]


@dataclass(frozen=True, slots=True)
class Pace:
    """``ttft``: seconds before the first event; ``tokens_per_second``: 0 is as fast as can be;
    ``jitter``: by which part (0 to 1) each pause may be shorter or longer."""

    ttft: float = 0.0
    tokens_per_second: float = 0.0
    jitter: float = 0.0

    def __bool__(self) -> bool:
        return self.ttft > 0 or self.tokens_per_second > 0

    def whole(self, tokens: int, random: Random) -> float:
        """Seconds until an answer of so many tokens is there in one piece."""
        writing = tokens / self.tokens_per_second if self.tokens_per_second else 0.0
        return self._varied(self.ttft + writing, random)

    def streamed(self, frames: Iterable[Frame], random: Random) -> Iterator[Frame | Wait]:
        """The frames with pauses: before the first, and before each further one with content."""
        step = 1 / self.tokens_per_second if self.tokens_per_second else 0.0
        if self.ttft:
            yield Wait(self._varied(self.ttft, random))
        begun = False
        for event, data in frames:
            if event is not None and event.kind == "delta":
                if begun and step:
                    yield Wait(self._varied(step, random))
                begun = True
            yield event, data

    def _varied(self, seconds: float, random: Random) -> float:
        return seconds * (1 + self.jitter * random.uniform(-1, 1)) if self.jitter else seconds
