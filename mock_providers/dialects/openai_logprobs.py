"""Log probabilities in OpenAI's form: one entry a token, the alternatives below it."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

_OTHERS = (" the", " a", " it", " and", " one", ".", ",", " so", " is", " that", " we", " of")


def logprobs(pieces: Iterable[str], top: int, random: Random) -> dict[str, Any]:
    """The ``logprobs`` of a choice for the given tokens with ``top`` alternatives each."""
    return {"content": [_entry(piece, top, random) for piece in pieces], "refusal": None}


def _entry(token: str, top: int, random: Random) -> dict[str, Any]:
    best = -random.random() / 4
    others = [other for other in _OTHERS if other != token]
    alternatives = [(token, best)] + [
        (other, best - 2.0 - index) for index, other in enumerate(others[: max(0, top - 1)])
    ]
    return _scored(token, best) | {
        "top_logprobs": [_scored(text, value) for text, value in alternatives[:top]]
    }


def _scored(token: str, value: float) -> dict[str, Any]:
    return {"token": token, "logprob": value, "bytes": list(token.encode())}
