"""Counts what each key of each provider has used.

A limit is a bucket that refills evenly: ``limit`` units in ``window`` seconds. The profile's
limits are counted and reported in headers; they refuse only where a `Quota` says so, because a
mock that throttles a load test by default helps nobody.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_providers.limits.formats import FORMATS
from mock_providers.profiles.model import Bucket, Limits

_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit that is enforced: so many units of a bucket (requests, tokens …) in ``window``
    seconds; for ``concurrency`` so many requests at once."""

    limit: int
    window: float = 60.0


@dataclass(frozen=True, slots=True)
class Spent:
    """What a request uses."""

    input_tokens: int = 0
    output_tokens: int = 0


_AMOUNTS = {"requests": 0, "input_tokens": 1, "output_tokens": 2}
"""Place of a bucket's units among (requests, input, output, all tokens); others count all."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``refused`` is the bucket that has too little left, else `None`; ``retry_after`` seconds
    until it has enough; ``values`` fill the provider's rate-limit headers."""

    refused: str | None
    retry_after: float
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Spec:
    """A bucket with what is needed at each request: refill in units a second, the names of its
    holes."""

    name: str
    stated: int
    limit: float
    rate: float
    amount: int
    limit_hole: str
    remaining_hole: str
    reset_hole: str


def _spec(bucket: Bucket) -> _Spec:
    name = bucket.name
    return _Spec(
        name,
        bucket.limit,
        float(bucket.limit),
        bucket.limit / bucket.window,
        _AMOUNTS.get(name, 3),
        f"{name}_limit",
        f"{name}_remaining",
        f"{name}_reset",
    )


class _State:
    """What is left in the buckets of one key, and when it was so."""

    __slots__ = ("left", "since", "specs")

    def __init__(self, specs: tuple[_Spec, ...], now: float) -> None:
        self.specs = specs
        self.left = [spec.limit for spec in specs]
        self.since = now


class Limiter:
    """The buckets of one provider, by key."""

    def __init__(self, limits: Limits, quotas: Mapping[str, Quota] | None = None) -> None:
        self._limits = limits
        self._write: Callable[[float, float], str] = FORMATS[limits.reset]
        self._states: OrderedDict[str, _State] = OrderedDict()
        self._busy: dict[str, int] = {}
        self.set_quotas(quotas or {})

    def set_quotas(self, quotas: Mapping[str, Quota]) -> None:
        """Enforces these and only these; the counts begin anew."""
        self.quotas = dict(quotas)
        stated = {bucket.name: bucket for bucket in self._limits.buckets}
        for name, quota in quotas.items():
            if name != "concurrency":
                stated[name] = Bucket(name, quota.limit, quota.window)
        self._specs = tuple(_spec(bucket) for bucket in stated.values())
        self._states.clear()

    def take(self, key: str, spent: Spent, now: float) -> Verdict:
        """Counts a request. ``now`` is UTC in epoch seconds."""
        state = self._state(key, now)
        elapsed, state.since = now - state.since, now
        left = state.left
        refused, wait = None, 0.0
        amounts = (
            1,
            spent.input_tokens,
            spent.output_tokens,
            spent.input_tokens + spent.output_tokens,
        )
        units = [amounts[spec.amount] for spec in state.specs]
        for i, spec in enumerate(state.specs):
            filled = left[i] + elapsed * spec.rate
            left[i] = filled if filled < spec.limit else spec.limit
            if spec.name in self.quotas and left[i] < units[i]:
                refused = refused or spec.name
                wait = max(wait, (min(units[i], spec.limit) - left[i]) / spec.rate)
        if refused is None:
            for i, unit in enumerate(units):
                left[i] = left[i] - unit if left[i] > unit else 0.0
        return Verdict(refused, wait, self._values(state, now))

    def look(self, key: str, now: float) -> dict[str, Any]:
        """The values of the headers as they stand, nothing counted."""
        return self._values(self._state(key, now), now)

    def enter(self, key: str) -> bool:
        """Begins a request; `False` where it would be one too many at once."""
        quota = self.quotas.get("concurrency")
        if quota is None:
            return True
        if self._busy.get(key, 0) >= quota.limit:
            return False
        self._busy[key] = self._busy.get(key, 0) + 1
        return True

    def leave(self, key: str) -> None:
        """Ends a request that `enter` let in."""
        if key in self._busy:
            self._busy[key] -= 1
            if self._busy[key] <= 0:
                del self._busy[key]

    def _state(self, key: str, now: float) -> _State:
        state = self._states.get(key)
        if state is None:
            state = self._states[key] = _State(self._specs, now)
            if len(self._states) > _KEPT:
                self._states.popitem(last=False)
        return state

    def _values(self, state: _State, now: float) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for spec, left in zip(state.specs, state.left, strict=True):
            values[spec.limit_hole] = spec.stated
            values[spec.remaining_hole] = int(left)
            values[spec.reset_hole] = self._write((spec.limit - left) / spec.rate, now)
        return values
