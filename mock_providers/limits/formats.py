"""How providers write the time until a limit is full again.

``seconds`` ``7``, ``decimal`` ``7.5``, ``duration`` ``6m0s``/``17ms`` (Go), ``rfc3339``, ``epoch``
(seconds), ``epoch_ms``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache


def _duration(seconds: float, _now: float) -> str:
    if seconds < 1:
        return f"{round(seconds * 1000)}ms" if seconds >= 0.0005 else "0s"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    text = f"{rest:.3f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


def _rfc3339(seconds: float, now: float) -> str:
    return _moment(math.ceil(now + seconds))


@lru_cache(maxsize=64)
def _moment(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


FORMATS: Mapping[str, Callable[[float, float], str]] = {
    "seconds": lambda seconds, _now: str(math.ceil(seconds)),
    "decimal": lambda seconds, _now: f"{seconds:.3f}",
    "duration": _duration,
    "rfc3339": _rfc3339,
    "epoch": lambda seconds, now: str(math.ceil(now + seconds)),
    "epoch_ms": lambda seconds, now: str(math.ceil((now + seconds) * 1000)),
}


def write_reset(form: str, seconds: float, now: float) -> str:
    """``seconds`` from ``now`` (UTC, epoch seconds) in the provider's form."""
    return FORMATS[form](seconds, now)
