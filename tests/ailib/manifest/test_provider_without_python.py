"""The provider of docs/add-a-provider.md: one YAML file, over a real socket."""

import json

import pytest

from ailib import AiClient
from ailib.errors import RemoteError, TruncatedStreamError, ValidationError
from ailib.resilience import ResilientConfig, RetryConfig
from ailib.types import Message, ToolDefinition
from tests.support.answers import told
from tests.support.markdown import blocks
from tests.support.shared import ROOT
from tests.support.wire_server import wire_server

PAGE = ROOT / "docs" / "add-a-provider.md"
WEATHER = ToolDefinition("weather", "Tells it.", {"type": "object", "properties": {}})
ONCE = ResilientConfig(retry=RetryConfig(max_retries=0))


@pytest.fixture
def folder(tmp_path):
    for block in blocks(PAGE, "yaml"):
        name = block.code.split("\n", 1)[0].removeprefix("id: ")
        (tmp_path / f"{name}.yaml").write_text(block.code, "utf-8")
    return tmp_path


class Parrot:
    """Answers in its own dialect; keeps what it was asked."""

    def __init__(self, *lines, status="200 OK"):
        self.lines, self.status, self.asked = lines, status, []

    async def __call__(self, request, line):
        self.asked.append((request.path, json.loads(request.body)))
        if self.asked[-1][1].get("live"):
            await line.head("application/x-ndjson")
            for one in self.lines:
                data = json.dumps(one).encode() + b"\n"
                await line.chunk(data[:9])
                await line.chunk(data[9:])
            await line.end()
        else:
            await line.whole(json.dumps(self.lines[0]).encode(), self.status)


async def client_of(server, folder):
    return await AiClient.create(
        "parrot/macaw",
        api_key="seed-1",
        base_url=f"{server.url}/v3",
        protocol_dir=folder,
        resilience=ONCE,
    )


BYE = {"bye": True, "bill": {"heard": 7, "said": 3}}


async def test_it_chats(folder):
    answer = {"reply": {"muse": "A greeting.", "say": "Hello"}, "stop": {"why": "done"}, **BYE}
    parrot = Parrot(answer)
    async with wire_server(parrot) as server:
        client = await client_of(server, folder)
        chat = client.chat().system("Be brief.").user("Hi").temperature(0.2).max_tokens(50)
        response = await chat.stop("x").param("wings", 2).execute()
        await client.close()
    assert parrot.asked == [
        (
            "/v3/talk?token=seed-1",
            {
                "engine": "macaw",
                "ask": {"manners": "Be brief.", "turns": [{"who": "human", "says": "Hi"}]},
                "knobs": {"heat": 0.2, "size": {"most": 50}, "hush_at": ["x"], "wings": 2},
            },
        )
    ]
    assert (response.content, response.thinking) == ("Hello", "A greeting.")
    assert (response.finish_reason, response.raw_finish_reason) == ("end_turn", "done")
    assert (response.prompt_tokens, response.completion_tokens) == (7, 3)


async def test_it_streams_and_calls_tools_and_takes_their_results(folder):
    parrot = Parrot(
        {"piece": {"muse": "A call."}},
        {"piece": {"say": "Let me"}},
        {"piece": {"say": " see."}},
        {"piece": {"use": {"slot": 0, "ref": "g1", "title": "weather", "inputs": '{"city":'}}},
        {"piece": {"use": {"slot": 0, "inputs": '"Rome"}'}}},
        {"stop": {"why": "wants_gadget"}},
        BYE,
    )
    async with wire_server(parrot) as server:
        client = await client_of(server, folder)
        chat = client.chat().user("Weather?").tools([WEATHER]).tool_choice({"name": "weather"})
        stream = chat.stream()
        events = [event async for event in stream]
        response = stream.response
        again = client.chat().messages([Message.user("Weather?"), response.to_message()])
        await anext(aiter(again.add_message(Message.tool("g1", "hot")).stream()))
        await client.close()
    assert told(events) == [
        {"event_type": "ThinkingDelta", "thinking": "A call.", "index": 0},
        {"event_type": "PartialContentDelta", "content": "Let me", "index": 0},
        {"event_type": "PartialContentDelta", "content": " see.", "index": 0},
        {
            "event_type": "ToolCallStarted",
            "tool_call_id": "g1",
            "tool_name": "weather",
            "index": 0,
        },
        {
            "event_type": "PartialToolCall",
            "tool_call_id": "g1",
            "arguments": '{"city":',
            "index": 0,
        },
        {"event_type": "PartialToolCall", "tool_call_id": "g1", "arguments": '"Rome"}', "index": 0},
        {"event_type": "ToolCallEnded", "tool_call_id": "g1", "index": 0, "is_complete": True},
        {"event_type": "Metadata", "usage": (7, 3)},
        {
            "event_type": "StreamEnd",
            "finish_reason": "tool_use",
            "raw_finish_reason": "wants_gadget",
            "usage": (7, 3),
        },
    ]
    (_, first), (_, second) = parrot.asked
    assert first["live"] is True
    assert first["ask"]["gadgets"] == [
        {"title": "weather", "about": "Tells it.", "inputs": dict(WEATHER.parameters)}
    ]
    assert first["ask"]["gadget_mood"] == {"only": "weather"}
    assert second["ask"]["turns"] == [
        {"who": "human", "says": "Weather?"},
        {
            "who": "parrot",
            "says": "Let me see.",
            "uses": [{"ref": "g1", "title": "weather", "inputs": {"city": "Rome"}}],
        },
        {"who": "gadget", "ref": "g1", "gave": {"result": "hot"}},
    ]


@pytest.mark.parametrize(
    ("status", "number", "code", "wait"),
    [
        ("400 Bad Request", 4711, "E2002", None),
        ("400 Bad Request", 4040, "E1004", None),
        ("400 Bad Request", 4290, "E2001", 5.0),
        ("503 Service Unavailable", 1, "E3002", None),
        ("200 OK", 4711, "E2002", None),
    ],
)
async def test_its_errors_have_their_codes(folder, status, number, code, wait):
    words = f"Again in {int(wait)} beats." if wait else "No seeds left."
    parrot = Parrot({"trouble": {"no": number, "words": words}}, status=status)
    async with wire_server(parrot) as server:
        client = await client_of(server, folder)
        with pytest.raises(RemoteError) as caught:
            await client.chat().user("Hi").execute()
        await client.close()
    error = caught.value
    assert (error.standard_code, error.code, error.message) == (code, str(number), words)
    assert error.retry_after == wait
    assert "seed-1" not in f"{error!r} {error}"


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([{"piece": {"say": "Hel"}}], TruncatedStreamError),
        ([{"piece": {"say": "Hel"}}, {"trouble": {"no": 4290, "words": "m"}}], RemoteError),
        ([{"piece": {"say": "Hel"}}, {"stop": {"why": "fell_asleep"}}], RemoteError),
    ],
)
async def test_its_streams_may_break(folder, lines, error):
    async with wire_server(Parrot(*lines)) as server:
        client = await client_of(server, folder)
        with pytest.raises(error) as caught:
            async for _ in client.chat().user("Hi").stream():
                pass
        await client.close()
    assert caught.value.partial_text == "Hel"


async def test_its_limits_are_checked_before_anything_is_sent(folder):
    parrot = Parrot({})
    async with wire_server(parrot) as server:
        client = await client_of(server, folder)
        with pytest.raises(ValidationError, match="temperature"):
            await client.chat().user("Hi").temperature(1.5).execute()
        await client.close()
    assert parrot.asked == []
