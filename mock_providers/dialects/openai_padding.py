"""``obfuscation``: random letters on each chunk, so that its length does not tell the token."""

from __future__ import annotations

from random import Random

from mock_providers.profiles.ids import ALPHABETS

_PAD = "".join(Random(7).choices(ALPHABETS["base62"], k=1040))


def padding(random: Random) -> str:
    """One to sixteen letters and digits."""
    dice = random.getrandbits(14)
    start = dice >> 4
    return _PAD[start : start + (dice & 15) + 1]
