"""Every byte fixture through the public client over a socket, the connection's end included."""

import asyncio

import pytest

from ailib.transport import choose_transport
from tests.support.answering import Answer, serve
from tests.support.calling import call
from tests.support.cases import cases
from tests.support.wanted import check_every_answer, seen

CASES = {case.name: case for case in cases()}


@pytest.fixture(scope="module")
def outcomes():
    """All calls at one server, in one loop."""

    async def all_of_them():
        answers = [
            Answer(case.status, case.headers, case.pieces("whole"), case.stream, case.reset)
            for case in CASES.values()
        ]
        transport = choose_transport(None)
        found = {}
        async with serve(lambda path: answers[int(path.split("/")[1])]) as url:
            for number, (name, case) in enumerate(CASES.items()):
                found[name] = await call(
                    f"{case.provider}/m",
                    f"{url}/{number}",
                    transport,
                    api=case.api,
                    stream=case.stream,
                )
        await transport.aclose()
        return found

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("name", CASES)
def test_the_client_reports_what_the_reader_reads(name, outcomes):
    case = CASES[name]
    found, want = seen(case, outcomes[name])
    assert found == want
    check_every_answer(case, outcomes[name])
