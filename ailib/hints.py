"""How long a provider asks to wait: every form in which they write it, as seconds from now.

Pure functions of header values and of the time ``now`` (UTC, seconds since the epoch). Forms and
where they were seen:

    "2", "1.5"                       Retry-After seconds; Azure's, Cerebras' and Mistral's resets
    "12ms", "7.66s", "6m0s"          Go durations: x-ratelimit-reset-* of the OpenAI family
    "45.837906927s"                  protobuf Duration: Google's RetryInfo.retryDelay
    "2026-08-19T14:34:16Z"           RFC 3339: anthropic-ratelimit-*-reset
    "Fri, 20 Nov 2026 12:00:00 GMT"  HTTP date: Retry-After
    "1795176000", "1795176000123"    Unix seconds (Cohere), Unix milliseconds (OpenRouter)
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

# Durations stay below three years, Unix seconds below the year 5138: the sizes do not overlap.
_UNIX_SECONDS = 1e8
_UNIX_MILLISECONDS = 1e11

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)"
_DURATION = re.compile(rf"(?:{_PART})+")
_PARTS = re.compile(_PART)

# A budget that is used up and says no time is asked for again after this many seconds.
_UNKNOWN_RESET = 1.0


def wait_seconds(text: str, now: float) -> float | None:
    """Seconds from ``now`` until the moment ``text`` names; 0 if it is past (clocks differ),
    ``None`` if it is none of the forms above (a negative number included)."""
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        return _from_number(number, now)
    if _DURATION.fullmatch(text):
        return sum(float(size) * _UNITS[unit] for size, unit in _PARTS.findall(text))
    moment = _from_date(text)
    return None if moment is None else max(0.0, moment - now)


def _from_number(number: float, now: float) -> float | None:
    if not math.isfinite(number) or number < 0:
        return None
    if number >= _UNIX_MILLISECONDS:
        return max(0.0, number / 1000 - now)
    return max(0.0, number - now) if number >= _UNIX_SECONDS else number


def _from_date(text: str) -> float | None:
    """RFC 3339 or an HTTP date, as seconds since the epoch."""
    try:
        moment = datetime.fromisoformat(text) if text[:1].isdigit() else _http_date(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None


def _http_date(text: str) -> datetime:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - 60 modules, seldom needed

    return parsedate_to_datetime(text)


def retry_after(headers: Mapping[str, str], now: float, name: str = "retry-after") -> float | None:
    """Seconds that a response's ``retry-after-ms`` or Retry-After asks for, else ``None``.

    ``headers`` in lower case; ``name`` is the manifest's ``rate_limit_headers.retry_after``.
    ``retry-after-ms`` is the finer of the two and goes first, except that 0 beside a Retry-After
    says nothing (Azure sends ``retry-after: 1`` with ``retry-after-ms: 0``).
    """
    text = headers.get("retry-after-ms")
    milliseconds = None if text is None else wait_seconds(text, now)
    if milliseconds:
        return milliseconds / 1000
    text = headers.get(name)
    seconds = None if text is None else wait_seconds(text, now)
    return milliseconds if seconds is None else seconds


@dataclass(frozen=True, slots=True)
class Budget:
    """One rate-limit budget as a response states it: ``name`` (``requests``, ``tokens`` …),
    what remains, and seconds until it is full again."""

    name: str
    remaining: float
    reset: float


def budgets(headers: Mapping[str, str], now: float, names: Mapping[str, str]) -> Iterator[Budget]:
    """The budgets that a response states.

    ``names`` is the manifest's ``rate_limit_headers``: ``X_remaining`` and ``X_reset`` map to
    header names, for any X. A budget without a readable reset counts as full after one second.
    """
    for key, header in names.items():
        name, _, kind = key.rpartition("_")
        text = headers.get(header.lower()) if kind == "remaining" else None
        try:
            remaining = float(text or "")
        except ValueError:
            continue
        reset = wait_seconds(headers.get(names.get(f"{name}_reset", "").lower(), ""), now)
        yield Budget(name, remaining, _UNKNOWN_RESET if reset is None else reset)


def exhausted_for(headers: Mapping[str, str], now: float, names: Mapping[str, str]) -> float | None:
    """Seconds until no budget of the response is used up; ``None`` if none is."""
    return max((b.reset for b in budgets(headers, now, names) if b.remaining <= 0), default=None)
