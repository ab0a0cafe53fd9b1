"""What is to go wrong, as values.

A `FaultPlan` is a sequence of steps, one an attempt; a step is a set of `Fault`s that act
together. The last step stays in force. ``label`` keeps the attempts of one test apart from
those of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its name in the catalogue, all its arguments (defaults filled in), and how
    likely it is (0 to 1). ``text`` is how it was written."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    probability: float = 1.0
    text: str = ""

    def __getitem__(self, name: str) -> Any:
        return self.args[name]


Active = tuple[Fault, ...]
"""The faults in force for one answer; ``()`` is a faultless one."""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Steps in the order of attempts, and the label of the test they belong to."""

    steps: tuple[Active, ...] = ()
    label: str = ""
    text: str = ""

    def __bool__(self) -> bool:
        return any(self.steps)

    def __iter__(self) -> Iterator[Fault]:
        return (fault for step in self.steps for fault in step)

    @property
    def counts(self) -> bool:
        """Whether the number of the attempt matters (several steps, or dice)."""
        return len(self.steps) > 1 or any(fault.probability < 1 for fault in self)

    def at(self, attempt: int, dice: Random) -> Active:
        """The faults of an attempt, counted from 0. Dice are thrown for those that are not
        certain."""
        if not self.steps:
            return ()
        step = self.steps[min(attempt, len(self.steps) - 1)]
        return tuple(f for f in step if f.probability >= 1 or dice.random() < f.probability)
