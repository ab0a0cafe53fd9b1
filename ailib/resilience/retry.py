"""What to do after a failed attempt: pure, decided by tables and one formula.

    error ── may it be tried again? ── attempts left? ── hint or backoff within bounds? → Retry
               │ no                       │ no               │ no
               └──────── may another model answer? ──────────┴──→ Fallback, else Raise

Tried again: 408, 409, 429 (rate, never quota), every 5xx, and failures of the network, which is
what `AiLibError.retryable` says; the lists of a policy, the manifest's or the user's, narrow or
widen that for errors of the provider, and its own ``x-should-retry`` beats them. Local refusals
(open breaker, full queue) are not tried again here.

A provider's hint replaces the backoff, even a shorter one. The backoff of retry n (from 1):

    top   = min(max_delay, min_delay · growth(n))      growth: 2ⁿ, linear n + 1, fixed 1
    base  = min(max_delay, min_delay · growth(n - 1))
    full  = min_delay + random · (top - min_delay)     none = base
    equal = max(min_delay, base / 2 + random · base / 2)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ailib.errors import (
    AiLibError,
    BackpressureError,
    CallCancelledError,
    CircuitOpenError,
    RemoteError,
    RequestTimeoutError,
)
from ailib.errors import standard_codes as codes
from ailib.resilience.config import RetryConfig

# 2.0 ** 64 milliseconds is past any cap; a larger power would overflow.
_MAX_EXPONENT = 64


@dataclass(frozen=True, slots=True)
class Retry:
    """Make the attempt again after ``delay`` seconds."""

    delay: float


@dataclass(frozen=True, slots=True)
class Fallback:
    """Give up here; the next target may be asked."""


@dataclass(frozen=True, slots=True)
class Raise:
    """Give up: no other target would help."""


Decision = Retry | Fallback | Raise

_FALLBACK: Final = Fallback()
_RAISE: Final = Raise()


def decide(
    error: AiLibError,
    attempt: int,
    policy: RetryConfig,
    *,
    random: Callable[[], float],
    remaining: float | None = None,
) -> Decision:
    """What follows the failure of ``attempt`` (from 1).

    ``remaining``: seconds left of the total timeout, if there is one; a wait that would use them
    up is not begun. ``random``: uniform in [0, 1).
    """
    if isinstance(error, RequestTimeoutError) and error.phase == "total":
        return _RAISE
    give_up = _FALLBACK if error.fallbackable else _RAISE
    if attempt > policy.max_retries or policy.strategy == "none" or not may_retry(error, policy):
        return give_up
    delay = error.retry_after
    if delay is None:
        delay = backoff(attempt, policy, random)
    elif delay > policy.max_hint_seconds:
        return give_up
    return give_up if remaining is not None and delay >= remaining else Retry(delay)


def may_retry(error: AiLibError, policy: RetryConfig) -> bool:
    """Whether the same request may be sent again at all."""
    code = error.standard_code
    if isinstance(error, BackpressureError | CircuitOpenError | CallCancelledError):
        return False
    if code == codes.E2002:
        return False
    told = error.headers.get("x-should-retry") if isinstance(error, RemoteError) else None
    if told in ("true", "false"):
        return told == "true"
    listed = _listed(error, policy)
    return error.retryable if listed is None else listed


def _listed(error: AiLibError, policy: RetryConfig) -> bool | None:
    """Whether the policy's lists name the error; ``None`` where they have no say: without lists,
    and for failures that no provider reported."""
    statuses, names = policy.retry_on_http_status, policy.retry_on_error_code
    if not isinstance(error, RemoteError) or (statuses is None and names is None):
        return None
    code = error.standard_code
    said = {code.name, code.code, error.code, error.type}
    status = None if error.in_stream else error.status_code
    # An error inside a 200 has no status of its own: those of its code stand for it.
    own = {status} if status else {s for s, row in codes.BY_STATUS.items() if row == code}
    # A list cannot make an error retryable that is known by more than its status.
    by_status = code.retryable or (
        status and code == codes.StandardErrorCode.from_http_status(status)
    )
    return bool(
        (by_status and not own.isdisjoint(statuses or ())) or not said.isdisjoint(names or ())
    )


def backoff(retry: int, policy: RetryConfig, random: Callable[[], float]) -> float:
    """Seconds before retry number ``retry`` (from 1), without a hint."""
    low = policy.min_delay_ms

    def grown(n: int) -> float:
        match policy.strategy:
            case "exponential_backoff":
                factor = 2.0 ** min(n, _MAX_EXPONENT)
            case "linear_backoff":
                factor = n + 1
            case _:
                factor = 1
        return min(policy.max_delay_ms, low * factor)

    base = grown(retry - 1)
    match policy.jitter:
        case "full":
            delay = low + random() * (grown(retry) - low)
        case "equal":
            delay = max(low, base / 2 + random() * base / 2)
        case _:
            delay = base
    return delay / 1000
