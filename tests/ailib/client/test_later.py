"""Answers that are made later: polled for, or streamed from another address."""

import json

import pytest

from ailib import AiClient
from ailib.clock import LoopClock
from ailib.errors import MalformedResponseError, RemoteError
from ailib.resilience import ResilientConfig, RetryConfig
from tests.support.answers import told
from tests.support.wire_server import wire_server

ONCE = ResilientConfig(retry=RetryConfig(max_retries=0))
STREAM = (
    b"event: output\nid: 1\ndata: Hel\n\nevent: output\ndata: lo 7\n\nevent: output\ndata: 42\n\n"
    b'event: output\ndata: "quoted"\n\nevent: output\ndata: \ndata: \n\nevent: done\ndata: {}\n\n'
)


class Unhurried(LoopClock):
    """Does not wait; keeps how long it was asked to."""

    def __init__(self):
        super().__init__()
        self.slept = []

    async def sleep(self, seconds):
        self.slept.append(seconds)


class Jobs:
    """Answers the first question with a job, the next ones with what it became."""

    def __init__(self, *states, stream=b"", elsewhere=None):
        self.states, self.stream, self.elsewhere = list(states), stream, elsewhere
        self.asked = []

    async def __call__(self, request, line):
        self.asked.append(request)
        host = self.elsewhere or request.header("host")
        if request.path.endswith("/stream"):
            await line.head()
            await line.chunk(self.stream)
            await line.end()
            return
        state = self.states.pop(0)
        urls = {"get": f"http://{host}/v1/p/1", "stream": f"http://{host}/v1/p/1/stream"}
        body = {"id": "p1", "model": "m", "output": None, "error": None, "urls": urls, **state}
        await line.whole(json.dumps(body).encode())


async def client_of(server, clock=None):
    return await AiClient.create(
        "replicate/meta/llama",
        api_key="r8_planted",
        base_url=server.url,
        resilience=ONCE,
        clock=clock or LoopClock(),
    )


STARTING, WORKING = {"status": "starting"}, {"status": "processing"}
DONE = {
    "status": "succeeded",
    "output": ["Hel", "lo"],
    "metrics": {"input_token_count": 7, "output_token_count": 3},
}


async def test_it_is_asked_for_every_second_until_it_is_done():
    jobs, clock = Jobs(STARTING, WORKING, DONE), Unhurried()
    async with wire_server(jobs) as server:
        client = await client_of(server, clock)
        response = await client.chat().system("Short.").user("Hi").temperature(0).execute()
        await client.close()
    assert (response.content, response.prompt_tokens, response.finish_reason) == (
        "Hello",
        7,
        "end_turn",
    )
    assert clock.slept == [1.0, 1.0]
    first, *others = jobs.asked
    assert first.path == "/v1/models/meta/llama/predictions"
    assert json.loads(first.body) == {
        "input": {"prompt": "Hi", "system_prompt": "Short.", "temperature": 0}
    }
    assert [(r.head.split()[0], r.path) for r in others] == [("GET", "/v1/p/1")] * 2
    assert {r.header("authorization") for r in jobs.asked} == {"Bearer r8_planted"}


async def test_its_stream_is_text_as_it_stands():
    jobs = Jobs(STARTING, stream=STREAM)
    async with wire_server(jobs) as server:
        client = await client_of(server)
        events = [event async for event in client.chat().user("Hi").stream()]
        await client.close()
    texts = [e["content"] for e in told(events) if e["event_type"] == "PartialContentDelta"]
    assert texts == ["Hel", "lo 7", "42", '"quoted"', "\n"]
    assert told(events)[-1] == {"event_type": "StreamEnd"}


@pytest.mark.parametrize(
    "states",
    [
        [{"status": "failed", "error": "out of memory"}],
        [STARTING, {"status": "failed", "error": "out of memory"}],
    ],
    ids=["at once", "later"],
)
async def test_a_job_that_fails_is_an_error(states):
    async with wire_server(Jobs(*states)) as server:
        client = await client_of(server, Unhurried())
        with pytest.raises(RemoteError, match="out of memory") as caught:
            await client.chat().user("Hi").execute()
        await client.close()
    assert (caught.value.status_code, caught.value.standard_code) == (200, "E3001")


async def test_a_job_without_an_address_is_malformed():
    async with wire_server(Jobs({**STARTING, "urls": {}})) as server:
        client = await client_of(server)
        with pytest.raises(MalformedResponseError, match="address"):
            await client.chat().user("Hi").execute()
        await client.close()


async def test_the_key_does_not_go_to_another_host():
    other = Jobs(stream=STREAM)
    async with wire_server(other) as second:
        elsewhere = second.url.removeprefix("http://")
        async with wire_server(Jobs(STARTING, elsewhere=elsewhere)) as server:
            client = await client_of(server)
            events = [event async for event in client.chat().user("Hi").stream()]
            await client.close()
    assert events[-1].is_stream_end
    (request,) = other.asked
    assert request.header("authorization") is None
    assert "r8_planted" not in request.head
