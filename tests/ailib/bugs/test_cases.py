"""Every byte fixture, read whole, byte by byte and in small pieces: what must come out."""

import itertools
from unittest import mock

import pytest

from ailib.types.events import describe
from tests.support.cases import Case, cases
from tests.support.reading import Outcome, api_of, read
from tests.support.wanted import check_every_answer, seen

# A broken connection is no bytes: the client is asked about it, see test_cases_over_a_socket.
BYTES = [pytest.param(case, id=case.name) for case in cases() if not case.reset]


def outcome(case: Case, way: str) -> Outcome:
    """One reading; ids that are made up are counted, so that readings can be compared."""
    ids = (f"call_{number}" for number in itertools.count(1))
    with mock.patch("ailib.assemble.tools.new_id", side_effect=ids):
        return read(
            api_of(case.provider, case.api),
            case.status,
            case.headers,
            case.pieces(way),
            stream=case.stream,
        )


@pytest.mark.parametrize("case", BYTES)
def test_what_a_provider_sends_is_read_right(case):
    ways = [outcome(case, way) for way in case.ways]
    for out in ways:
        found, want = seen(case, out)
        assert found == want
        check_every_answer(case, out)
    first, *others = [[describe(event) for event in out.events] for out in ways]
    assert all(other == first for other in others)
