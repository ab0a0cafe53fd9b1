"""Answers that were told before, told again.

Same request, same second, nothing changed in the server: then only the ids, the rate-limit
headers and the journal's entry differ. The bytes of such an answer are kept as pieces between
its ids; telling it again fills in fresh ids and joins.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from mock_providers.answer import Turn
from mock_providers.dialects import Inbound
from mock_providers.dice import Dice, Maker
from mock_providers.limits import Spent

_KEPT = 1_000
_LARGEST = 64 * 1024
_SHORTEST_ID = 8


@dataclass(frozen=True, slots=True)
class Telling:
    """An answer's bytes: pieces, and between them numbers of ids."""

    pieces: tuple[bytes, ...]
    slots: tuple[int, ...]
    makers: tuple[Maker, ...]

    @classmethod
    def of(cls, data: bytes, minted: Sequence[tuple[str, Maker]]) -> Telling:
        """The pieces of an answer whose ids are known."""
        known = ((text.encode(), make) for text, make in minted if len(text) >= _SHORTEST_ID)
        ids = {text: make for text, make in known if text in data}
        if not ids:
            return cls((data,), (), ())
        # The longest first: an id may begin with another.
        names = sorted(ids, key=lambda name: (-len(name), name))
        numbers = {name: number for number, name in enumerate(names)}
        parts = re.split(b"(" + b"|".join(map(re.escape, names)) + b")", data)
        slots = tuple(numbers[name] for name in parts[1::2])
        return cls(tuple(parts[::2]), slots, tuple(ids[name] for name in names))

    def tell(self, dice: Dice) -> bytes:
        """The bytes with fresh ids."""
        if not self.slots:
            return self.pieces[0]
        fresh = [make(dice).encode() for make in self.makers]
        dice.minted.clear()
        told = [b""] * (2 * len(self.pieces) - 1)
        told[::2] = self.pieces
        told[1::2] = [fresh[slot] for slot in self.slots]
        return b"".join(told)


@dataclass(frozen=True, slots=True)
class Known:
    """An answer that may be told again in the same ``second`` and ``version`` of the server.
    ``fixed`` are headers beside the provider's own."""

    second: int
    version: int
    request: Inbound
    operation: str
    model: str
    stream: bool
    fixed: tuple[tuple[bytes, bytes], ...]
    key: str
    turn: Turn
    spent: Spent
    telling: Telling
    dice: Dice


class Memory:
    """The answers that can be told again; the longest unused is forgotten."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, Known | None] = OrderedDict()

    def get(self, key: Hashable, second: int, version: int) -> Known | None:
        """What is known under a key, if it still holds."""
        known = self._known.get(key)
        if known is None or known.second != second or known.version != version:
            return None
        return known

    def wants(self, key: Hashable) -> bool:
        """Whether the answer is worth keeping: the request came before. Notes that it came."""
        if key in self._known:
            return True
        self._known[key] = None
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return False

    def keep(self, key: Hashable, known: Known) -> None:
        """Keeps an answer; large ones are not worth the room."""
        if sum(map(len, known.telling.pieces)) <= _LARGEST:
            self._known[key] = known
            self._known.move_to_end(key)
