"""Which attempt a request is, so that "fail twice, then answer" works under parallel tests.

Attempts are counted by the plan's label or the header ``X-Mock-Test`` where there is one: then a
sequence runs over all requests of that test. Without, they are counted by the request itself
(method, path, body, key), so only a repetition of the same request moves on.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from random import Random

from mock_providers.dialects.base import Inbound
from mock_providers.faults.plan import Active, FaultPlan

TEST_HEADER = "x-mock-test"
_KEPT = 10_000
_KEY_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")


class Attempts:
    """Counters by key; the longest unused is forgotten beyond ten thousand."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()

    def next(self, key: str) -> int:
        """The number of this attempt, from 0."""
        count = self._counts.pop(key, 0)
        self._counts[key] = count + 1
        if len(self._counts) > _KEPT:
            self._counts.popitem(last=False)
        return count

    def clear(self) -> None:
        """Forgets everything."""
        self._counts.clear()


def resolve(plan: FaultPlan, inbound: Inbound, attempts: Attempts, seed: int = 0) -> Active:
    """The faults in force for this request. ``inbound`` is cleaned of carriers. The dice depend
    on the seed, the request and the attempt alone, not on what else the server does."""
    if not plan.counts:
        return plan.at(0, Random(0))
    owner = plan.label or inbound.headers.get(TEST_HEADER) or fingerprint(inbound)
    key = f"{plan.text}\n{owner}"
    attempt = attempts.next(key)
    return plan.at(attempt, Random(f"{seed}\n{key}\n{attempt}"))


def fingerprint(inbound: Inbound) -> str:
    """What makes two requests the same: method, path, JSON body (or bytes) and key."""
    body = inbound.body if inbound.json is None else json.dumps(inbound.json, sort_keys=True)
    keys = [inbound.headers.get(name, "") for name in _KEY_HEADERS]
    parts = [inbound.method, inbound.path, *keys]
    digest = hashlib.blake2b("\n".join(parts).encode(), digest_size=16)
    digest.update(body if isinstance(body, bytes) else body.encode())
    return digest.hexdigest()
