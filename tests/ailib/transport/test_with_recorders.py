"""The tools that people test with: vcrpy records and replays us, aioresponses stands in."""

from unittest.mock import Mock

import aiohttp
import pytest
import vcr
import yaml
from aioresponses import aioresponses

from ailib import AiClient
from tests.support.openai_wire import TERMINATOR, body, delta
from tests.support.wire_server import wire_server


class Response(aiohttp.ClientResponse):
    """aiohttp 3.14 asks for an argument that aioresponses 0.7.9 does not give."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, stream_writer=Mock(output_size=0), **kwargs)


async def client_of(url, transport):
    return await AiClient.create(
        "openai/gpt-4o", api_key="sk-test-123456", base_url=url, transport=transport
    )


async def answer(request, line):
    if b'"stream":true' in request.body:
        await line.head()
        await line.chunk(delta("streamed") + delta(finish="stop") + TERMINATOR)
        await line.end()
    else:
        await line.whole(body("whole"))


async def both(client):
    whole = await client.chat().user("hi").execute()
    stream = client.chat().user("hi").stream()
    return whole.content, (await stream.collect()).content


@pytest.mark.parametrize("transport", ["httpx", "httpx2", "aiohttp"])
async def test_vcrpy_records_and_replays(transport, tmp_path):
    cassette = tmp_path / "chat.yaml"
    recorder = vcr.VCR(filter_headers=["authorization"])
    async with wire_server(answer) as server:
        with recorder.use_cassette(str(cassette)):
            client = await client_of(server.url, transport)
            assert await both(client) == ("whole", "streamed")
            await client.close()
        assert len(server.requests) == 2
    assert len(yaml.safe_load(cassette.read_text())["interactions"]) == 2
    with recorder.use_cassette(str(cassette), record_mode="none"):
        client = await client_of(server.url, transport)
        assert await both(client) == ("whole", "streamed")
        await client.close()


async def test_aioresponses_stands_in_for_a_provider():
    url = "https://provider.invalid/v1"
    with aioresponses() as provider:
        provider.post(
            f"{url}/chat/completions",
            body=body("whole"),
            content_type="application/json",
            response_class=Response,
        )
        provider.post(
            f"{url}/chat/completions",
            body=delta("streamed") + delta(finish="stop") + TERMINATOR,
            content_type="text/event-stream",
            response_class=Response,
        )
        client = await client_of(url, "aiohttp")
        assert await both(client) == ("whole", "streamed")
        await client.close()
