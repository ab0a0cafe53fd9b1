"""Pace, dates and concurrency, on a clock that the test moves."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from mock_providers import build_app
from mock_providers.limits import Pace, Quota

EPOCH = 1_700_000_000.0
BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
HEADERS = {"authorization": "Bearer k"}


class Moved:
    """A clock whose sleeps take no time and are noted."""

    def __init__(self):
        self.slept = []
        self.time = 0.0

    def monotonic(self):
        return self.time

    def now(self):
        return EPOCH + self.time

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


async def chat(app, **fields):
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://mock") as web:
        path = "/openai/v1/chat/completions"
        return await web.post(path, json={**BODY, **fields}, headers=HEADERS)


async def test_a_plain_answer_waits_for_all_its_tokens():
    clock = Moved()
    app = build_app(["openai"], clock=clock, pace=Pace(ttft=0.5, tokens_per_second=10))
    usage = (await chat(app)).json()["usage"]
    assert clock.slept == [pytest.approx(0.5 + usage["completion_tokens"] / 10)]


async def test_a_stream_waits_before_the_first_token_and_between_all():
    clock = Moved()
    app = build_app(["openai"], clock=clock, pace=Pace(ttft=0.5, tokens_per_second=10))
    events = (await chat(app, stream=True)).text.count('"content":"')
    assert clock.slept[0] == 0.5
    assert set(clock.slept[1:]) == {0.1}
    # The role's chunk holds an empty content and is no token.
    assert len(clock.slept[1:]) == events - 2


async def test_the_date_is_that_of_the_clock():
    clock = Moved()
    clock.time = 86400.0
    answer = await chat(build_app(["openai"], clock=clock))
    assert answer.headers["date"] == "Wed, 15 Nov 2023 22:13:20 GMT"
    assert answer.json()["created"] == int(EPOCH) + 86400


async def test_a_quota_refills_as_the_clock_goes():
    clock = Moved()
    app = build_app(["openai"], clock=clock, quotas={"openai": {"requests": Quota(1, 60)}})
    assert [(await chat(app)).status_code for _ in range(2)] == [200, 429]
    clock.time += 60
    assert (await chat(app)).status_code == 200


async def test_one_too_many_at_once_is_refused_and_the_place_is_given_back():
    quotas = {"openai": {"concurrency": Quota(2)}}
    app = build_app(["openai"], quotas=quotas, pace=Pace(ttft=0.05))
    answers = await asyncio.gather(*(chat(app) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 429]
    assert (await chat(app)).status_code == 200


async def test_a_lenient_server_notes_what_it_overlooked():
    app = build_app(["anthropic"], strict=False)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://mock") as web:
        body = {"model": "claude-x", "messages": [{"role": "user", "content": "a"}]}
        await web.post("/anthropic/v1/messages", json=body, headers={"x-api-key": "k"})
        noted = (await web.get("/_mock/requests")).json()["requests"][0]
    assert (noted["status"], noted["notes"]) == (
        200,
        ["anthropic-version: header is required", "max_tokens: Field required"],
    )


async def test_the_app_may_be_mounted_below_a_path_of_another_app():
    outer = Starlette(routes=[Mount("/mocks", app=build_app(["openai"]))])
    transport = httpx.ASGITransport(app=outer)
    async with httpx.AsyncClient(transport=transport, base_url="http://mock") as web:
        path = "/mocks/openai/v1/chat/completions"
        answer = await web.post(path, json=BODY, headers=HEADERS)
        health = await web.get("/mocks/_mock/health")
        listed = await web.get("/mocks/_mock/requests")
    assert (answer.status_code, health.status_code, listed.json()["total"]) == (200, 200, 1)
