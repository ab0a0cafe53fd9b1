"""The cassettes of this repository: whole, free of secrets, readable by stock vcrpy, replayable,
and made by the plan that lies beside them."""

from __future__ import annotations

import httpx
import pytest
import vcr

from mock_providers.cassettes import CHUNKINGS, SHAPES, Replay, read
from mock_providers.cassettes.making import make
from mock_providers.cassettes.plan import load_plan
from mock_providers.profiles import load_profile, provider_names
from tests.support.asgi_call import call
from tests.support.shared import ROOT

FOLDER = ROOT / "cassettes"
PLAN = load_plan(FOLDER / "recordings.yaml")
FILES = sorted(FOLDER.glob("*/*.yaml"))
each = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")


def test_the_plan_and_the_files_are_the_same() -> None:
    planned = {f"{one.provider}/{one.name}.yaml" for one in PLAN}
    assert {path.relative_to(FOLDER).as_posix() for path in FILES} == planned


@each
def test_origin_and_date_are_stated_and_nothing_looks_like_a_key(path) -> None:
    for interaction in read(path).interactions:
        assert interaction.response.origin == "mock"
        assert interaction.response.recorded
    assert SHAPES.findall(path.read_text("utf-8")) == []


def test_what_was_asked_to_work_worked() -> None:
    """A recording whose plan asks for no refusal is an answer, one that asks for one is none."""
    for one in PLAN:
        (exchange,) = read(FOLDER / one.provider / f"{one.name}.yaml").interactions
        works = not one.faults or one.faults.startswith(("latency", "error_event"))
        assert (one.name, exchange.response.status == 200) == (one.name, works)
        if "tools" in one.name:
            held = exchange.response.body
            assert b"get_weather" in held, one.name


def test_all_dialects_that_chat_are_there() -> None:
    served = {
        route.dialect
        for name in provider_names()
        for route in load_profile(name).routes
        if route.operation == "chat"
    }
    assert {one.dialect for one in PLAN} >= served - {"bedrock_invoke"}
    assert len(PLAN) >= 40


@each
def test_stock_vcrpy_replays_it(path) -> None:
    (one,) = read(path).interactions
    with vcr.use_cassette(str(path), record_mode="none") as tape:
        got = httpx.request(one.request.method, one.request.uri, content=one.request.body)
        assert tape.all_played
    assert (got.status_code, got.content) == (one.response.status, one.response.body)


@each
async def test_it_replays_in_any_pieces(path) -> None:
    (one,) = read(path).interactions
    target = httpx.URL(one.request.uri).raw_path.decode()
    for chunking in CHUNKINGS:
        replay = Replay(read(path), chunking=chunking)
        got = await call(replay, target, one.request.body, one.request.headers, one.request.method)
        assert (got.status, got.body) == (one.response.status, one.response.body)
        replay.check()


async def test_a_recording_made_twice_is_the_same(tmp_path) -> None:
    for one in PLAN[1:2]:
        first = await make(one, tmp_path / "1.yaml")
        second = await make(one, tmp_path / "2.yaml")
        assert first.read_bytes() == second.read_bytes()
        (exchange,) = read(first).interactions
        assert [chunk.delay for chunk in exchange.response.chunks[:4]] == [0.0, 0.4, 0.02, 0.02]
