"""Dice that remember which ids were drawn from them.

An answer told once can then be told again with fresh ids and nothing else made anew.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Maker = Callable[[Random], str]


class Dice(Random):
    """Random numbers from a seed; ``minted`` lists each id with what makes another."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.minted: list[tuple[str, Maker]] = []


def note(random: Random, text: str, make: Maker) -> str:
    """The id, noted where the dice keep a list."""
    if isinstance(random, Dice):
        random.minted.append((text, make))
    return text
