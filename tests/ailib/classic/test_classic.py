"""Seed 002, block by block, in Python; and what its notes promise."""

import asyncio
import base64
import json
from datetime import timedelta

import pytest

from ailib.classic import (
    AiClient,
    ChatCompletionRequest,
    ConnectionOptions,
    Content,
    Message,
    Provider,
    Role,
)
from ailib.errors import AiLibError, RemoteError, ValidationError
from ailib.manifest import bundled_ids
from mock_providers import MockServer
from tests.support.openai_wire import body, delta, error
from tests.support.wire_server import wire_server

KEY = "sk-test-1234567890abcdef"


def ask(text="hi", model="gpt-4o"):
    message = Message(role=Role.User, content=Content.Text(text), function_call=None)
    return ChatCompletionRequest.new(model, [message])


@pytest.fixture
async def client(monkeypatch):
    async with MockServer() as mocks:
        for name in ("OPENAI", "GROQ"):
            monkeypatch.setenv(f"{name}_API_KEY", KEY)
            monkeypatch.setenv(f"{name}_BASE_URL", mocks.url(name.lower()))
        async with AiClient.new(Provider.OpenAI) as made:
            yield made


def on(server, provider=Provider.OpenAI, **options):
    return AiClient.with_options(
        provider, ConnectionOptions(api_key=KEY, base_url=server.url, **options)
    )


async def test_a_basic_completion(client):
    response = await client.chat_completion(ask("Summarise ownership."))
    assert response.choices[0].message.content.as_text() == response.first_text() != ""
    assert response.choices[0].finish_reason == "stop"
    assert response.usage.total_tokens > 0
    assert (response.object, response.usage_status) == ("chat.completion", "finalized")


async def test_streamed_tokens_add_up(client):
    text = ""
    async for chunk in await client.chat_completion_stream(ask("A haiku.")):
        if chunk.choices and chunk.choices[0].delta.content:
            text += chunk.choices[0].delta.content
            assert chunk.delta_text() == chunk.choices[0].delta.content
    assert text
    assert chunk.choices[0].finish_reason == "stop"


async def test_another_provider_is_another_member(client):
    async with AiClient(Provider.Groq) as groq:
        assert (await groq.quick_chat_text("llama3-8b-8192", "hi")) != ""


async def test_the_handle_ends_a_stream_at_once():
    async def endless(request, line):
        await line.head()
        await line.chunk(delta("one"))
        await line.until_client_closes()

    async with wire_server(endless) as server, on(server) as client:
        stream, handle = await client.chat_completion_stream_with_cancel(ask())
        assert (await anext(stream)).delta_text() == "one"
        asyncio.get_running_loop().call_soon(handle.cancel)
        rest = [chunk async for chunk in stream]
        assert [c.choices[0].finish_reason for c in rest] == ["cancelled"]
        await asyncio.wait_for(server.until_open(0), 5)
        assert handle.is_cancelled


async def batch_server(request, line):
    text = json.loads(request.body)["messages"][-1]["content"]
    if text == "bad":
        await line.whole(error("no", code="invalid_api_key"), "401 No")
    else:
        await line.whole(body(text.upper()))


async def test_a_batch_keeps_its_order_and_each_item_its_outcome():
    async with wire_server(batch_server) as server, on(server) as client:
        found = await client.chat_completion_batch([ask("a"), ask("bad"), ask("c")], None)
        assert [item.is_ok for item in found] == [True, False, True]
        assert [found[0].unwrap().first_text(), found[2].unwrap().first_text()] == ["A", "C"]
        assert isinstance(found[1].error, RemoteError)
        with pytest.raises(RemoteError):
            found[1].unwrap()
        with pytest.raises(ValidationError, match="batch limit"):
            await client.chat_completion_batch([ask()], 0)


@pytest.mark.parametrize(("count", "variable", "most"), [(3, "", 3), (12, "", 10), (12, "2", 2)])
async def test_a_smart_batch_sends_so_many_at_once(monkeypatch, count, variable, most):
    monkeypatch.setenv("AI_LIB_BATCH_CONCURRENCY", variable)
    running = peak = 0

    async def counting(request, line):
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        if running == most:
            line.go_on.set()
        await line.go_on.wait()
        running -= 1
        await line.whole(body("x"))

    async with wire_server(counting) as server, on(server) as client:
        found = await client.chat_completion_batch_smart([ask(str(n)) for n in range(count)])
    assert all(item.is_ok for item in found)
    assert peak == most


async def test_models_are_listed_by_name(client):
    assert "gpt-4o" in [model.name for model in await client.list_models()]


async def test_images_and_audio_are_sent():
    pixel = base64.b64encode(b"png").decode()
    messages = [
        Message(Role.User, Content.Text("Describe this picture.")),
        Message(
            Role.User,
            Content.Image(url="https://example.com/image.jpg", mime="image/jpeg", name="i.jpg"),
        ),
        Message(Role.User, Content.from_data_url(f"data:image/png;base64,{pixel}")),
        Message(Role.User, Content.Audio(url=f"data:audio/mpeg;base64,{pixel}")),
    ]
    assert [m.content.is_multimodal for m in messages] == [False, True, True, True]
    async with wire_server(batch_server_of("ok")) as server, on(server) as client:
        await client.chat_completion(ChatCompletionRequest("gpt-4o", messages))
    sent = json.loads(server.requests[0].body)["messages"]
    assert sent[0]["content"] == "Describe this picture."
    assert [part["type"] for message in sent[1:] for part in message["content"]] == [
        "image_url",
        "image_url",
        "input_audio",
    ]
    assert sent[1]["content"][0]["image_url"]["url"] == "https://example.com/image.jpg"
    with pytest.raises(ValidationError, match="inline"):
        Message(Role.User, Content.Audio(url="https://example.com/a.mp3")).to_message()


def batch_server_of(text):
    async def answer(request, line):
        await line.whole(body(text))

    return answer


def test_content_from_files(tmp_path):
    picture = tmp_path / "p.png"
    picture.write_bytes(b"png")
    made = Content.from_image_file(picture)
    assert (made.mime, made.name) == ("image/png", "p.png")
    with pytest.raises(ValidationError, match="audio"):
        Content.from_audio_file(picture)
    assert Content.Json({"a": 1}).as_text() == '{"a": 1}'


@pytest.mark.parametrize(("status", "retryable"), [("503 Down", True), ("401 No", False)])
async def test_an_error_says_whether_to_try_again(status, retryable):
    async def refuse(request, line):
        await line.send(
            f"HTTP/1.1 {status}\r\nRetry-After: 1000\r\nContent-Length: 0\r\n\r\n".encode()
        )

    async with wire_server(refuse) as server, on(server) as client:
        with pytest.raises(AiLibError) as caught:
            await client.chat_completion(ask())
    assert caught.value.is_retryable() is retryable


async def test_the_pool_is_set_and_shared_between_models():
    options = {"pool_size": 16, "idle_timeout": timedelta(seconds=30), "timeout": 5}
    async with wire_server(batch_server_of("x")) as server, on(server, **options) as client:
        for model in ("gpt-4o", "gpt-4o-mini", "gpt-4o"):
            await client.chat_completion(ask(model=model))
        assert server.opened == 1
        set_to = client._clients["gpt-4o"].transport._options
        assert (set_to.pool_size, set_to.idle_timeout) == (16, 30.0)
        assert client._clients["gpt-4o"]._timeouts.first_event == 5


async def test_a_semaphore_and_a_clone_per_task(client):
    semaphore = asyncio.Semaphore(10)

    async def one(clone, request):
        async with semaphore:
            return await clone.chat_completion(request)

    answers = await asyncio.gather(*(one(client.clone(), ask(str(n))) for n in range(20)))
    assert all(answer.first_text() for answer in answers)


def test_the_enum_is_made_from_the_manifests():
    assert {member.value for member in Provider} == set(bundled_ids())
    assert Provider("openai") is Provider.OpenAI
    assert Provider.XaiGrok.value == "xai"


def test_a_request_is_changed_in_copies():
    system = Message(Role.System, Content.Text("s"))
    first, last = Message(Role.User, "one"), Message(Role.User, "two")
    request = ChatCompletionRequest("m", [system, first, last])
    changed = (
        request.with_temperature(0.5)
        .with_max_tokens(9)
        .with_extension("seed", 1)
        .with_functions([{"name": "f", "parameters": {"type": "object"}}])
        .with_function_call("f")
        .ignore_previous()
        .to_request()
    )
    assert dict(changed.params) == {"temperature": 0.5, "max_tokens": 9, "seed": 1}
    assert [m.text for m in changed.messages] == ["s", "two"]
    assert (changed.tools[0].name, changed.tool_choice) == ("f", {"name": "f"})
    assert len(request.messages) == 3
