"""Ids in the form of a provider, drawn from the dice of one answer.

A form is text with holes: ``{hex:32}``, ``{digits:6}``, ``{base62:24}``, ``{alnum:9}``,
``{uuid}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from random import Random

from mock_providers.dice import note

IdMaker = Callable[[Random], str]

_HEX = "0123456789abcdef"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALPHABETS = {
    "hex": _HEX,
    "upperhex": _HEX.upper(),
    "digits": "0123456789",
    "alnum": "0123456789abcdefghijklmnopqrstuvwxyz",
    "upperalnum": "0123456789" + _UPPER,
    "base62": "0123456789" + _UPPER + _UPPER.lower(),
    "base58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
}
_PART = re.compile(r"\{(?:(uuid)|(\w+):(\d+))\}")


@lru_cache(maxsize=512)
def compile_id(form: str) -> IdMaker:
    """A function that draws ids of the form. Raises `ValueError` for an unknown alphabet."""
    makers: list[IdMaker] = []
    position = 0
    for found in _PART.finditer(form):
        makers.append(_constant(form[position : found.start()]))
        makers.append(_uuid if found[1] else _draw(found[2], int(found[3])))
        position = found.end()
    makers.append(_constant(form[position:]))

    def make(random: Random) -> str:
        return note(random, "".join([part(random) for part in makers]), make)

    return make


def _constant(text: str) -> IdMaker:
    return lambda _random: text


def _draw(alphabet: str, length: int) -> IdMaker:
    if alphabet not in ALPHABETS:
        known = ", ".join(sorted(ALPHABETS))
        raise ValueError(f"unknown alphabet {alphabet!r} in an id form; known: {known}, uuid")
    if alphabet == "hex":
        pattern = f"%0{length}x"
        return lambda random: pattern % random.getrandbits(4 * length)
    letters = ALPHABETS[alphabet]
    table = bytes(ord(letters[byte % len(letters)]) for byte in range(256))
    return lambda random: random.randbytes(length).translate(table).decode()


def _uuid(random: Random) -> str:
    text = f"{random.getrandbits(128):032x}"
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"
