"""A tool loop with every provider the mocks have: what the model said is taken back by a strict
server, reasoning and signatures included."""

import pytest

from ailib import AiClient
from ailib.manifest import bundled_ids, load_provider
from ailib.types import ContentBlock, Message, ThinkingBlock, ToolDefinition
from mock_providers import MockServer
from mock_providers.profiles import provider_names

WEATHER = ToolDefinition(
    "weather",
    "Tells the weather of a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
ASK = [Message.system("Be brief."), Message.user("What is the weather in Rome?")]
PROVIDERS = [
    name
    for name in bundled_ids()
    if name in provider_names() and "tools" in load_provider(name, env={}).capabilities
]


@pytest.fixture(scope="module")
def server():
    with MockServer(any_model=True) as running:
        yield running


@pytest.fixture(autouse=True)
def project(monkeypatch):
    """Vertex has the project in its paths."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "a-project")


async def client_of(server, provider, model=None):
    model = model or next(iter(load_provider(provider, env={}).models), "some-model")
    return await AiClient.create(
        f"{provider}/{model}", api_key="sk-test-1234567890abcdef", base_url=server.url(provider)
    )


def results_of(response):
    return [Message.tool(call.id, {"sky": "blue"}) for call in response.tool_calls]


async def streamed(chat):
    stream = chat.stream()
    async for _ in stream:
        pass
    return stream.response


async def loop(client, prepare=lambda chat: chat, *, stream):
    """Two turns; gives both answers."""

    async def ask(messages):
        chat = prepare(client.chat().messages(messages).tools([WEATHER]))
        return await (streamed(chat) if stream else chat.execute())

    first = await ask(ASK)
    second = await ask([*ASK, first.to_message(), *results_of(first)])
    await client.close()
    return first, second


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_tool_loop(server, provider, stream):
    client = await client_of(server, provider)
    first, second = await loop(client, stream=stream)
    assert [call.name for call in first.tool_calls] == ["weather"]
    assert first.tool_calls[0].arguments["city"]
    assert first.finish_reason == "tool_use"
    assert second.content
    assert second.tool_calls == []


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
async def test_signed_thinking_goes_back_first(server, stream):
    client = await client_of(server, "anthropic", "claude-sonnet-4-5")
    thinking = {"type": "enabled", "budget_tokens": 1024}
    first, second = await loop(
        client, lambda chat: chat.param("thinking", thinking).max_tokens(4096), stream=stream
    )
    assert isinstance(first.first.blocks[0], ThinkingBlock)
    assert first.first.blocks[0].signature
    assert second.content


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
async def test_responses_items_go_back_as_they_came(server, stream):
    client = await client_of(server, "openai", "o3")
    first, second = await loop(
        client, lambda chat: chat.api("responses").param("reasoning_effort", "low"), stream=stream
    )
    assert [call.name for call in first.tool_calls] == ["weather"]
    assert second.content


@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini"])
async def test_images_and_documents_are_taken(server, provider):
    pixel = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
        "rkJggg=="
    )
    client = await client_of(server, provider)
    blocks = [
        ContentBlock.text("What is this?"),
        ContentBlock.image_base64(pixel),
        ContentBlock.document_base64("JVBERi0xLjQK", name="a.pdf"),
    ]
    response = await client.chat().user(blocks).execute()
    await client.close()
    assert response.content
    assert response.prompt_tokens
