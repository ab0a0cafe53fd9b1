"""Classes of bugs that are neither bytes nor one request."""

import copy
import json
import subprocess
import sys

from ailib import AiClient, Message
from ailib.manifest import load_provider
from ailib.transport import choose_transport
from ailib.types import ChatRequest, ToolDefinition
from tests.support.answering import Answer, serve
from tests.support.reading import api_of, read

STREAM = {"content-type": "text/event-stream"}
JSON = {"content-type": "application/json"}


def anthropic_stream(message_id, text):
    events = [
        {"type": "message_start", "message": {"id": message_id, "content": [], "usage": {}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "pause_turn"}, "usage": {}},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events).encode()


def test_each_answer_counts_its_blocks_anew():
    api = api_of("anthropic")
    texts = [
        read(api, 200, STREAM, [anthropic_stream(name, text)], stream=True).response.content
        for name, text in (("m1", "one"), ("m2", "two"))
    ]
    assert texts == ["one", "two"]


def test_an_answer_is_read_by_its_status_and_headers():
    body = b'{"error":{"message":"no","type":"server_error"}}'
    api = api_of("openai")
    errors = [read(api, s, JSON, [body], stream=True).error for s in (200, 400, 503)]
    assert [str(error.standard_code) for error in errors] == ["E3001", "E1001", "E3002"]


def test_arguments_that_are_no_json_go_back_as_an_object():
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x": '}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    body = json.dumps({"choices": [{"message": message, "finish_reason": "length"}]}).encode()
    response = read(api_of("openai"), 200, JSON, [body], stream=False).response
    request = ChatRequest(
        model="m",
        messages=(Message.user("Hi"), response.to_message(), Message.tool("c1", "cut off")),
    )
    openai = json.loads(load_provider("openai").api().encode(request, credential="k").body)
    arguments = openai["messages"][1]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(arguments) == {}
    anthropic = json.loads(load_provider("anthropic").api().encode(request, credential="k").body)
    assert anthropic["messages"][1]["content"][0]["input"] == {}


async def test_what_the_caller_hands_in_is_not_changed():
    tool = {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}
    extra = {"metadata": {"a": [1]}}
    params = {"stop": ["END"]}
    before = copy.deepcopy((tool, extra, params))
    request = ChatRequest(
        model="m",
        messages=(Message.user("Hi"),),
        tools=(ToolDefinition.coerce(tool),),
        params=params,
        extra_body=extra,
        stream=True,
    )
    for provider in ("openai", "anthropic", "gemini"):
        api = load_provider(provider).api()
        assert api.encode(request, credential="k") == api.encode(request, credential="k")
    assert (tool, extra, params) == before


async def test_streams_are_asked_for_uncompressed():
    asked = []

    def answer(path):
        body = b'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n'
        return Answer(200, STREAM, [body], stream=True)

    transport = choose_transport(None)

    class Watched:
        async def send(self, request, timeouts):
            asked.append({name.lower(): value for name, value in request.headers})
            return await transport.send(request, timeouts)

        async def aclose(self):
            await transport.aclose()

    async with serve(answer) as url:
        client = await AiClient.create("openai/m", api_key="k", base_url=url, transport=Watched())
        assert (await client.chat().user("Hi").stream().collect()).content == "Hi"
    await transport.aclose()
    assert asked[0]["accept-encoding"] == "identity"


def test_importing_sets_up_no_logging():
    code = (
        "import logging, ailib, ailib.client, ailib.manifest\n"
        "names = [n for n in logging.root.manager.loggerDict if n.startswith('ailib')]\n"
        "assert not logging.root.handlers, logging.root.handlers\n"
        "assert logging.root.level == logging.WARNING\n"
        "for name in names:\n"
        "    handlers = logging.getLogger(name).handlers\n"
        "    assert all(isinstance(h, logging.NullHandler) for h in handlers), handlers\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
