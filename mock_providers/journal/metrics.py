"""Counts for Prometheus, in its text format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mock_providers.journal.entry import Entry

_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0)
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Metrics:
    """What a server has done since it started; a reset of the journal leaves it."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, str, str]] = Counter()
        self._faults: Counter[tuple[str, str]] = Counter()
        self._tokens: Counter[tuple[str, str]] = Counter()
        self._bytes: Counter[str] = Counter()
        self._slots = [0] * (len(_BUCKETS) + 1)
        self._seconds = 0.0
        self.in_flight = 0

    def count(self, entry: Entry) -> None:
        """Counts a request that has ended."""
        status = "none" if entry.status is None else str(entry.status)
        self._requests[entry.provider, entry.operation, status, entry.end] += 1
        self._bytes[entry.provider] += entry.size
        for fault in entry.faults:
            self._faults[entry.provider, fault] += 1
        if entry.turn is not None:
            self._tokens[entry.provider, "input"] += entry.turn.usage.input
            self._tokens[entry.provider, "output"] += entry.turn.usage.output
        self._seconds += entry.seconds
        self._slots[sum(entry.seconds > limit for limit in _BUCKETS)] += 1

    def text(self) -> str:
        """All of it, in Prometheus' text format 0.0.4."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield from _head("mock_requests_total", "counter", "Requests answered.")
        for (provider, operation, status, end), number in sorted(self._requests.items()):
            labels = _labels(provider=provider, operation=operation, status=status, end=end)
            yield f"mock_requests_total{labels} {number}"
        yield from _head("mock_faults_total", "counter", "Faults in force.")
        for (provider, fault), number in sorted(self._faults.items()):
            yield f"mock_faults_total{_labels(provider=provider, fault=fault)} {number}"
        yield from _head("mock_tokens_total", "counter", "Tokens counted.")
        for (provider, kind), number in sorted(self._tokens.items()):
            yield f"mock_tokens_total{_labels(provider=provider, kind=kind)} {number}"
        yield from _head("mock_response_bytes_total", "counter", "Bytes of answers' bodies.")
        for provider, number in sorted(self._bytes.items()):
            yield f"mock_response_bytes_total{_labels(provider=provider)} {number}"
        yield from _head("mock_requests_in_flight", "gauge", "Requests being answered.")
        yield f"mock_requests_in_flight {self.in_flight}"
        yield from _head("mock_request_seconds", "histogram", "Time to answer a request.")
        total = 0
        for limit, number in zip((*map(str, _BUCKETS), "+Inf"), self._slots, strict=True):
            total += number
            yield f"mock_request_seconds_bucket{_labels(le=limit)} {total}"
        yield f"mock_request_seconds_sum {self._seconds:.6f}"
        yield f"mock_request_seconds_count {total}"


def _head(name: str, kind: str, about: str) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"


def _labels(**labels: str) -> str:
    inner = ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels.items())
    return f"{{{inner}}}"
