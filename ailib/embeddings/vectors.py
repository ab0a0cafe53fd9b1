"""Comparing vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul

from ailib.errors import ValidationError


def cosine_similarity(a: Sequence[float], b: Sequence[float]) -> float:
    """The cosine of the angle between two vectors, -1 to 1; 0 where one of them is zero.

    Raises `ValidationError` for different lengths.
    """
    if len(a) != len(b):
        raise ValidationError(f"vectors of {len(a)} and {len(b)} numbers cannot be compared")
    norm = math.sqrt(_dot(a, a) * _dot(b, b))
    return _dot(a, b) / norm if norm else 0.0


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return math.fsum(map(mul, a, b))
