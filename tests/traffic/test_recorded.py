"""Real recorded answers of providers, read by ailib: text, reasoning, tool calls, finish reason,
usage and error as expected, however the bytes arrive."""

import collections

import pytest

from tests.traffic.accept import misses
from tests.traffic.exchanges import Exchange, available, exchanges
from tests.traffic.known import KNOWN
from tests.traffic.readings import read_over_socket, read_pure

pytestmark = [
    pytest.mark.traffic,
    pytest.mark.skipif(not available(), reason="needs ../shared/traffic beside this checkout"),
]

# Byte by byte, a socket adds nothing that 7 bytes do not show; the pure reader does all four.
PURE = ("whole", "frames", "7 bytes", "bytes")
OVER_SOCKET = ("whole", "frames", "7 bytes")
LEAST_EXACT = 0.995


def groups() -> dict[str, list[Exchange]]:
    found = collections.defaultdict(list)
    for exchange in exchanges() if available() else ():
        found[exchange.api].append(exchange)
    return dict(sorted(found.items()))


GROUPS = groups()


def judged(figures, exchange, way, reading):
    """The lines to fail on; everything is counted, known misses do not fail."""
    side = figures.others if exchange.expected is None else figures.expected
    side[exchange.api].add(exchange.id)
    found = misses(exchange.expected, reading)
    if not found:
        return []
    figures.missed[exchange.api].add(exchange.id)
    lines = [f"{exchange.name}, {way}", *(f"    {miss}" for miss in found)]
    reason = KNOWN.get(exchange.id)
    figures.lines += lines if reason is None else [*lines, f"    known: {reason}"]
    return [] if reason else lines


@pytest.mark.parametrize("api", GROUPS)
def test_every_cut_of_the_bytes_gives_the_expected_reading(api, figures):
    wrong = []
    for exchange in GROUPS[api]:
        readings = {way: read_pure(exchange, way) for way in PURE}
        first = readings["whole"]
        wrong += judged(figures, exchange, "whole", first)
        wrong += [
            f"{exchange.name}: {way} reads otherwise than whole"
            for way, reading in readings.items()
            if reading != first
        ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("way", OVER_SOCKET)
def test_the_client_reads_the_same_over_a_socket(way, figures, monkeypatch):
    # Its addresses have the project in the path; here any will do.
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "recorded")
    # Only a stream is cut: a body has one length and arrives as the network likes.
    served = [x for group in GROUPS.values() for x in group if x.stream or way == "whole"]
    readings = read_over_socket(served, way)
    wrong = []
    for exchange, reading in zip(served, readings, strict=True):
        wrong += judged(figures, exchange, f"over a socket, {way}", reading)
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def missed(figures):
    """Ids of what was read otherwise than expected, once everything was read."""
    sides = (figures.expected, figures.others)
    seen = {i for side in sides for ids in side.values() for i in ids}
    if seen != {exchange.id for exchange in exchanges()}:
        pytest.skip("only some of the exchanges were read in this run")
    return {i for ids in figures.missed.values() for i in ids}


def test_the_share_of_exact_readings(missed):
    expected = {exchange.id for exchange in exchanges() if exchange.expected is not None}
    assert len(expected - missed) >= LEAST_EXACT * len(expected)


def test_every_known_miss_still_misses(missed):
    assert missed == set(KNOWN)
