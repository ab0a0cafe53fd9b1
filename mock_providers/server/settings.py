"""How a server behaves: everything a caller may choose, in one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from mock_providers.answer import Ask, Turn, generate
from mock_providers.clock import Clock, LoopClock
from mock_providers.fixtures.store import OnMiss
from mock_providers.limits import Pace, Quota

Answer = Callable[[Ask, Random], Turn]
"""What is said to a question; the dice are the request's own."""


@dataclass(frozen=True, slots=True)
class Settings:
    """``providers``: names to serve, empty for all; ``root``: the one at ``/``; ``api_keys``: the
    good keys, empty for any well-formed one; ``any_model``: unknown models are fine; ``strict``:
    bad requests are refused as the real API does (else they are noted in the journal);
    ``max_body``: bytes a request body may have; ``quotas``: enforced limits by provider;
    ``pace``: how fast all providers answer; ``fixtures``: files or folders of answers, ``on_miss``
    what happens where none fits; ``control_token``: what ``/_mock/`` asks for, if anything;
    ``answer``: what is said to a question that is neither refused nor failed."""

    providers: tuple[str, ...] = ()
    root: str | None = None
    seed: int = 0
    api_keys: frozenset[str] = field(default=frozenset(), repr=False)
    any_model: bool = False
    strict: bool = True
    clock: Clock = field(default_factory=LoopClock)
    max_body: int = 64 * 1024 * 1024
    quotas: Mapping[str, Mapping[str, Quota]] = field(default_factory=dict)
    pace: Pace | None = None
    fixtures: tuple[Path, ...] = ()
    on_miss: OnMiss = "error"
    control_token: str | None = field(default=None, repr=False)
    answer: Answer = generate
