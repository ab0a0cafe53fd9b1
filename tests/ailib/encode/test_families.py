"""One conversation in the form of each family."""

import json

import pytest

from ailib.errors import CapabilityError, CredentialError, ValidationError
from ailib.manifest import load_provider
from ailib.types import ChatRequest, ContentBlock, Message, RawBlock, ToolDefinition, ToolUseBlock
from tests.support.answers import api_of

WEATHER = ToolDefinition(
    "weather", "Tells it.", {"type": "object", "properties": {"city": {"type": "string"}}}
)


def encode(provider, request, api=None, **more):
    more = {"credential": "key", **more}
    return api_of(provider, api, request.model).encode(request, **more)


def body(provider, request, api=None):
    return json.loads(encode(provider, request, api).body)


def loop(model):
    """A tool loop: system, question, reasoning, two calls, their results."""
    return ChatRequest(
        model=model,
        messages=(
            Message.system("Be brief."),
            Message.user("Weather in Rome and Oslo?"),
            Message.assistant(
                [
                    ContentBlock.thinking("Two calls.", signature="sig"),
                    ContentBlock.tool_use("a", "weather", {"city": "Rome"}),
                    ContentBlock.tool_use("b", "weather", {"city": "Oslo"}),
                ]
            ),
            Message.tool("a", "hot"),
            Message.tool("b", {"sky": "grey"}, is_error=True),
        ),
        tools=(WEATHER,),
        tool_choice="required",
        params={"temperature": 0, "max_tokens": 50, "stop": "END"},
    )


def test_openai_chat():
    assert body("openai", loop("gpt-4o")) == {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Weather in Rome and Oslo?"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "a",
                        "type": "function",
                        "function": {"name": "weather", "arguments": '{"city":"Rome"}'},
                    },
                    {
                        "id": "b",
                        "type": "function",
                        "function": {"name": "weather", "arguments": '{"city":"Oslo"}'},
                    },
                ],
            },
            {"role": "tool", "tool_call_id": "a", "content": "hot"},
            {"role": "tool", "tool_call_id": "b", "content": '{"sky":"grey"}'},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "weather",
                    "description": "Tells it.",
                    "parameters": dict(WEATHER.parameters),
                },
            }
        ],
        "tool_choice": "required",
        "temperature": 0,
        "max_tokens": 50,
        "stop": "END",
    }


def test_openai_responses():
    assert body("openai", loop("gpt-4o"), "responses") == {
        "model": "gpt-4o",
        "input": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Weather in Rome and Oslo?"},
            {
                "type": "function_call",
                "call_id": "a",
                "name": "weather",
                "arguments": '{"city":"Rome"}',
            },
            {
                "type": "function_call",
                "call_id": "b",
                "name": "weather",
                "arguments": '{"city":"Oslo"}',
            },
            {"type": "function_call_output", "call_id": "a", "output": "hot"},
            {"type": "function_call_output", "call_id": "b", "output": '{"sky":"grey"}'},
        ],
        "tools": [
            {
                "type": "function",
                "name": "weather",
                "description": "Tells it.",
                "parameters": dict(WEATHER.parameters),
                "strict": False,
            }
        ],
        "tool_choice": "required",
        "temperature": 0,
        "max_output_tokens": 50,
    }


def test_anthropic():
    assert body("anthropic", loop("claude-sonnet-4-5")) == {
        "model": "claude-sonnet-4-5",
        "system": "Be brief.",
        "messages": [
            {"role": "user", "content": "Weather in Rome and Oslo?"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Two calls.", "signature": "sig"},
                    {"type": "tool_use", "id": "a", "name": "weather", "input": {"city": "Rome"}},
                    {"type": "tool_use", "id": "b", "name": "weather", "input": {"city": "Oslo"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "a", "content": "hot"},
                    {
                        "type": "tool_result",
                        "tool_use_id": "b",
                        "content": '{"sky":"grey"}',
                        "is_error": True,
                    },
                ],
            },
        ],
        "tools": [
            {
                "name": "weather",
                "description": "Tells it.",
                "input_schema": dict(WEATHER.parameters),
            }
        ],
        "tool_choice": {"type": "any"},
        "temperature": 0,
        "max_tokens": 50,
        "stop_sequences": ["END"],
    }


def test_gemini():
    assert body("gemini", loop("gemini-2.5-pro")) == {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Weather in Rome and Oslo?"}]},
            {
                "role": "model",
                "parts": [
                    {"text": "Two calls.", "thought": True, "thoughtSignature": "sig"},
                    {"functionCall": {"name": "weather", "args": {"city": "Rome"}}},
                    {"functionCall": {"name": "weather", "args": {"city": "Oslo"}}},
                ],
            },
            {
                "role": "user",
                "parts": [
                    {"functionResponse": {"name": "weather", "response": {"result": "hot"}}},
                    {
                        "functionResponse": {
                            "name": "weather",
                            "response": {"error": {"sky": "grey"}},
                        }
                    },
                ],
            },
        ],
        "tools": [
            {
                "functionDeclarations": [
                    {
                        "name": "weather",
                        "description": "Tells it.",
                        "parametersJsonSchema": dict(WEATHER.parameters),
                    }
                ]
            }
        ],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
        "generationConfig": {"temperature": 0, "maxOutputTokens": 50, "stopSequences": ["END"]},
    }


SEE = Message.user(
    [
        ContentBlock.text("What is it?"),
        ContentBlock.image_base64("AAAA", "image/jpeg"),
        ContentBlock.image_url("https://x.example/i.png"),
        ContentBlock.document_base64("BBBB", name="a paper"),
    ]
)


@pytest.mark.parametrize(
    ("provider", "api", "content"),
    [
        (
            "openai",
            "chat",
            [
                {"type": "text", "text": "What is it?"},
                {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AAAA"}},
                {"type": "image_url", "image_url": {"url": "https://x.example/i.png"}},
                {
                    "type": "file",
                    "file": {
                        "filename": "a paper",
                        "file_data": "data:application/pdf;base64,BBBB",
                    },
                },
            ],
        ),
        (
            "openai",
            "responses",
            [
                {"type": "input_text", "text": "What is it?"},
                {
                    "type": "input_image",
                    "image_url": "data:image/jpeg;base64,AAAA",
                    "detail": "auto",
                },
                {"type": "input_image", "image_url": "https://x.example/i.png", "detail": "auto"},
                {
                    "type": "input_file",
                    "filename": "a paper",
                    "file_data": "data:application/pdf;base64,BBBB",
                },
            ],
        ),
        (
            "anthropic",
            None,
            [
                {"type": "text", "text": "What is it?"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/jpeg", "data": "AAAA"},
                },
                {"type": "image", "source": {"type": "url", "url": "https://x.example/i.png"}},
                {
                    "type": "document",
                    "title": "a paper",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "BBBB"},
                },
            ],
        ),
        (
            "gemini",
            None,
            [
                {"text": "What is it?"},
                {"inlineData": {"mimeType": "image/jpeg", "data": "AAAA"}},
                {"fileData": {"fileUri": "https://x.example/i.png", "mimeType": "image/png"}},
                {"inlineData": {"mimeType": "application/pdf", "data": "BBBB"}},
            ],
        ),
    ],
)
def test_images_and_documents(provider, api, content):
    made = body(provider, ChatRequest("m", (SEE,)), api)
    (message,) = made.get("messages") or made.get("input") or made["contents"]
    assert message.get("content", message.get("parts")) == content


def test_addresses_headers_and_keys():
    ask = ChatRequest("a model/1", (Message.user("hi"),), stream=True)
    openai, anthropic, gemini = (encode(p, ask) for p in ("openai", "anthropic", "gemini"))
    assert openai.url == "https://api.openai.com/v1/chat/completions"
    assert ("authorization", "Bearer key") in openai.headers
    assert anthropic.url == "https://api.anthropic.com/v1/messages"
    assert {("x-api-key", "key"), ("anthropic-version", "2023-06-01")} <= set(anthropic.headers)
    assert gemini.url == (
        "https://generativelanguage.googleapis.com/v1beta/models/a%20model%2F1"
        ":streamGenerateContent?alt=sse"
    )
    assert ("x-goog-api-key", "key") in gemini.headers
    assert json.loads(openai.body)["stream_options"] == {"include_usage": True}
    assert "stream" not in json.loads(gemini.body)


def test_a_base_url_replaces_the_manifests_as_it_stands():
    ask = ChatRequest("m", (Message.user("hi"),))
    made = encode("openai", ask, base_url="http://127.0.0.1:1/openai/v1/?a=b")
    assert made.url == "http://127.0.0.1:1/openai/v1/chat/completions?a=b"


def test_the_callers_extras_come_last():
    ask = ChatRequest(
        "m",
        (Message.user("hi"),),
        params={"temperature": 1, "unheard_of": {"a": 1}},
        extra_body={"temperature": 2, "unheard_of": {"b": 2}},
        extra_headers={"X-Own": "1", "Anthropic-Version": "2099-01-01"},
    )
    made = encode("anthropic", ask)
    assert json.loads(made.body)["temperature"] == 2
    assert json.loads(made.body)["unheard_of"] == {"a": 1, "b": 2}
    headers = dict(made.headers)
    assert (headers["x-own"], headers["anthropic-version"]) == ("1", "2099-01-01")


def test_a_reasoning_model_gets_the_names_it_takes():
    made = body("openai", ChatRequest("o3", loop("o3").messages, loop("o3").params))
    assert made["max_completion_tokens"] == 50
    assert "temperature" not in made
    assert "max_tokens" not in made
    assert made["messages"][0]["role"] == "developer"


def test_json_schema_answers():
    wanted = {
        "type": "json_schema",
        "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": True},
    }
    ask = ChatRequest("m", (Message.user("hi"),), response_format=wanted)
    assert body("openai", ask)["response_format"] == wanted
    assert body("openai", ask, "responses")["text"]["format"] == {
        "type": "json_schema",
        "name": "n",
        "schema": {"type": "object"},
        "strict": True,
    }
    assert body("anthropic", ask)["output_config"]["format"] == {
        "type": "json_schema",
        "schema": {"type": "object"},
    }
    assert body("gemini", ask)["generationConfig"] == {
        "responseMimeType": "application/json",
        "responseJsonSchema": {"type": "object"},
    }


def test_parallel_calls_are_switched_off_where_tools_are():
    ask = ChatRequest("m", (Message.user("hi"),), {"parallel_tool_calls": False}, tools=(WEATHER,))
    assert body("anthropic", ask)["tool_choice"] == {
        "type": "auto",
        "disable_parallel_tool_use": True,
    }
    bare = ChatRequest("m", (Message.user("hi"),), {"parallel_tool_calls": False})
    assert "tool_choice" not in body("anthropic", bare)
    assert "parallel_tool_calls" not in body("openai", bare)


def test_reasoning_that_nobody_signed_is_not_sent_to_those_who_check():
    ask = ChatRequest(
        "m",
        (
            Message.user("hi"),
            Message.assistant([ContentBlock.thinking("hm"), ContentBlock.text("yes")]),
            Message.assistant([ContentBlock.thinking("only this")]),
            Message.user("why?"),
        ),
    )
    assert [m["content"] for m in body("anthropic", ask)["messages"]] == ["hi", "yes", "why?"]


def test_blocks_of_the_providers_own_kind_go_back_as_they_came():
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"}
    ask = ChatRequest(
        "m",
        (
            Message.user("hi"),
            Message.assistant([RawBlock(item), ContentBlock.tool_use("a", "weather", {})]),
        ),
    )
    assert body("openai", ask, "responses")["input"][1:] == [
        item,
        {"type": "function_call", "call_id": "a", "name": "weather", "arguments": "{}"},
    ]


def test_ids_that_a_provider_refuses_are_mapped_the_same_way_twice():
    ask = ChatRequest(
        "m",
        (
            Message.user("hi"),
            Message.assistant([ContentBlock.tool_use("functions.f:0", "weather", {})]),
            Message.tool("functions.f:0", "x"),
        ),
    )
    _, call, result = body("anthropic", ask)["messages"]
    assert call["content"][0]["id"] == result["content"][0]["tool_use_id"]
    assert call["content"][0]["id"].isalnum()


def test_system_text_amid_a_conversation_keeps_its_place():
    ask = ChatRequest(
        "m", (Message.user("hi"), Message.assistant("yes"), Message.system("Now in French."))
    )
    assert body("anthropic", ask)["messages"][-1] == {"role": "user", "content": "Now in French."}


@pytest.mark.parametrize(
    ("provider", "request_", "error"),
    [
        ("openai", ChatRequest("m", ()), ValidationError),
        ("openai", ChatRequest("m", (Message.user("hi"),), {"x": float("nan")}), ValidationError),
        ("openai", ChatRequest("m", (Message.user("hi"),), {"x": object()}), ValidationError),
        ("openai", ChatRequest("m", (Message.user("hi"),), tool_choice="maybe"), ValidationError),
        (
            "anthropic",
            ChatRequest("m", (Message.user([ContentBlock.audio_base64("AA")]),)),
            CapabilityError,
        ),
        (
            "anthropic",
            ChatRequest("m", (Message.user("hi"),), response_format={"type": "json_object"}),
            CapabilityError,
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_before_the_network(provider, request_, error):
    with pytest.raises(error):
        encode(provider, request_)


def test_a_key_no_header_can_carry_is_refused_without_showing_it():
    with pytest.raises(CredentialError) as caught:
        encode("openai", ChatRequest("m", (Message.user("hi"),)), credential="sk-\nsecret")
    assert "secret" not in str(caught.value)


def test_a_lone_surrogate_is_still_json():
    made = encode("openai", ChatRequest("m", (Message.user("\ud83d"),)))
    assert json.loads(made.body)["messages"][0]["content"] == "\ud83d"


def test_cohere():
    made = body("cohere", ChatRequest("m", loop("m").messages, {"top_p": 0.5}, (WEATHER,), "none"))
    assert made["messages"][2] == {
        "role": "assistant",
        "content": [{"type": "thinking", "thinking": "Two calls."}],
        "tool_calls": [
            {
                "id": i,
                "type": "function",
                "function": {"name": "weather", "arguments": f'{{"city":"{city}"}}'},
            }
            for i, city in (("a", "Rome"), ("b", "Oslo"))
        ],
    }
    assert made["messages"][3] == {"role": "tool", "tool_call_id": "a", "content": "hot"}
    assert (made["p"], made["tool_choice"]) == (0.5, "NONE")


def test_ollama():
    request = loop("m")
    made = body("ollama", ChatRequest("m", request.messages, request.params, (WEATHER,)))
    assert made["messages"][2:] == [
        {
            "role": "assistant",
            "content": "",
            "thinking": "Two calls.",
            "tool_calls": [
                {"function": {"name": "weather", "arguments": {"city": "Rome"}}},
                {"function": {"name": "weather", "arguments": {"city": "Oslo"}}},
            ],
        },
        {"role": "tool", "tool_name": "weather", "content": "hot"},
        {"role": "tool", "tool_name": "weather", "content": '{"sky":"grey"}'},
    ]
    assert made["options"] == {"temperature": 0, "num_predict": 50, "stop": ["END"]}
    assert made["stream"] is False
    seen = body("ollama", ChatRequest("m", (Message.user([ContentBlock.image_base64("AA")]),)))
    assert seen["messages"] == [{"role": "user", "content": "", "images": ["AA"]}]


def test_bedrock():
    made = encode("bedrock", loop("anthropic.claude-v1:0"))
    assert made.url == (
        "https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-v1%3A0/converse"
    )
    assert json.loads(made.body) == {
        "system": [{"text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"text": "Weather in Rome and Oslo?"}]},
            {
                "role": "assistant",
                "content": [
                    {
                        "reasoningContent": {
                            "reasoningText": {"text": "Two calls.", "signature": "sig"}
                        }
                    },
                    {"toolUse": {"toolUseId": "a", "name": "weather", "input": {"city": "Rome"}}},
                    {"toolUse": {"toolUseId": "b", "name": "weather", "input": {"city": "Oslo"}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "toolResult": {
                            "toolUseId": "a",
                            "content": [{"text": "hot"}],
                            "status": "success",
                        }
                    },
                    {
                        "toolResult": {
                            "toolUseId": "b",
                            "content": [{"text": '{"sky":"grey"}'}],
                            "status": "error",
                        }
                    },
                ],
            },
        ],
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "weather",
                        "description": "Tells it.",
                        "inputSchema": {"json": dict(WEATHER.parameters)},
                    }
                }
            ],
            "toolChoice": {"any": {}},
        },
        "inferenceConfig": {"temperature": 0, "maxTokens": 50, "stopSequences": ["END"]},
    }


def test_dashscope():
    ask = ChatRequest("qwen", (Message.user("hi"),), {"temperature": 0, "top_k": 3}, stream=True)
    made = encode("dashscope", ask)
    assert ("x-dashscope-sse", "enable") in made.headers
    assert json.loads(made.body) == {
        "model": "qwen",
        "input": {"messages": [{"role": "user", "content": "hi"}]},
        "parameters": {
            "result_format": "message",
            "incremental_output": True,
            "temperature": 0,
            "top_k": 3,
        },
    }


def test_bedrock_invoke_is_anthropics_body_without_what_it_refuses():
    ask = ChatRequest("anthropic.claude", (Message.user("hi"),), stream=True)
    made = encode("bedrock", ask, api="invoke")
    assert made.url.endswith("/model/anthropic.claude/invoke-with-response-stream")
    assert "anthropic-version" not in dict(made.headers)
    assert json.loads(made.body) == {
        "anthropic_version": "bedrock-2023-05-31",
        "messages": [{"role": "user", "content": "hi"}],
        "max_tokens": 4096,
    }


def test_anthropic_of_2026_leaves_out_what_it_refuses():
    paper = ContentBlock.document_base64("AA")
    ask = ChatRequest(
        "claude",
        (Message.user([paper]), Message.assistant([paper, ContentBlock.text("Yes.")])),
        {"temperature": 0, "top_p": 1, "top_k": 3, "max_tokens": 9},
    )
    made = encode("anthropic", ask, "messages-2026-10-21")
    assert dict(made.headers)["anthropic-version"] == "2026-10-21"
    sent = json.loads(made.body)
    assert sent.keys() == {"model", "messages", "max_tokens"}
    assert sent["messages"][0]["content"][0]["type"] == "document"
    assert sent["messages"][1] == {"role": "assistant", "content": "Yes."}


def test_vertex_puts_project_and_location_into_host_and_path():
    env = {"GOOGLE_CLOUD_PROJECT": "my-project", "GOOGLE_CLOUD_LOCATION": "europe-west4"}
    provider = load_provider("vertex", env=env)
    head = "https://europe-west4-aiplatform.googleapis.com/v1/projects/my-project"
    head += "/locations/europe-west4/publishers"
    ask = ChatRequest("gemini-2.5-pro", (Message.user("hi"),), stream=True)
    made = provider.api(model=ask.model).encode(ask, credential="token")
    assert made.url == f"{head}/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse"
    assert dict(made.headers)["authorization"] == "Bearer token"
    ask = ChatRequest("claude-sonnet-4-5", (Message.user("hi"),))
    made = provider.api(model=ask.model).encode(ask, credential="token")
    assert made.url == f"{head}/anthropic/models/claude-sonnet-4-5:rawPredict"
    assert json.loads(made.body).keys() == {"anthropic_version", "messages", "max_tokens"}


@pytest.mark.parametrize("project", [None, "a/b", "a.b"])
def test_a_path_variable_is_one_label_and_nothing_else(project):
    provider = load_provider("vertex", env={"GOOGLE_CLOUD_PROJECT": project} if project else {})
    with pytest.raises(ValidationError, match="GOOGLE_CLOUD_PROJECT"):
        provider.api(model="gemini").encode(
            ChatRequest("gemini", (Message.user("hi"),)), credential="token"
        )


def test_a_provider_without_chat_says_so():
    with pytest.raises(CapabilityError, match="no API 'chat'"):
        load_provider("stability", env={}).api()


def test_parameters_that_exclude_each_other_are_not_sent_together(caplog):
    both = {"temperature": 0.5, "top_p": 0.9}
    made = body("anthropic", ChatRequest("claude-sonnet-4-5", (Message.user("hi"),), both))
    assert (made["temperature"], made.get("top_p")) == (0.5, None)
    assert "top_p" in caplog.text
    made = body("anthropic", ChatRequest("claude-sonnet-4-5", (Message.user("hi"),), {"top_p": 1}))
    assert made["top_p"] == 1
    made = body("anthropic", ChatRequest("claude-3-5-haiku", (Message.user("hi"),), both))
    assert made["top_p"] == 0.9


def test_a_temperature_beyond_what_a_provider_takes_is_refused_not_clamped():
    ask = ChatRequest("claude-sonnet-4-5", (Message.user("hi"),), {"temperature": 1.5})
    with pytest.raises(ValidationError, match="temperature"):
        encode("anthropic", ask)


def test_responses_of_a_reasoning_model_have_no_sampling_parameters(caplog):
    ask = ChatRequest("o3", (Message.user("hi"),), {"temperature": 0, "reasoning_effort": "low"})
    made = body("openai", ask, "responses")
    assert "temperature" not in made
    assert made["reasoning"] == {"effort": "low"}
    assert "temperature" in caplog.text


@pytest.mark.parametrize(
    ("model", "signatures", "sent"),
    [
        ("gemini-3-pro", [None, None], ["skip_thought_signature_validator", None]),
        ("gemini-3-pro", ["sig", None], ["sig", None]),
        ("gemini-2.5-pro", [None, None], [None, None]),
    ],
)
def test_calls_that_nobody_signed_are_signed_for_where_they_must_be(model, signatures, sent):
    calls = [
        ToolUseBlock(str(n), "weather", {}, signature) for n, signature in enumerate(signatures)
    ]
    ask = ChatRequest(model, (Message.user("hi"), Message.assistant(calls)))
    parts = body("gemini", ask)["contents"][1]["parts"]
    assert [part.get("thoughtSignature") for part in parts] == sent


def test_a_conversation_is_no_list():
    with pytest.raises(CapabilityError, match="takes lists"):
        encode("jina", ChatRequest("m", (Message.user("hi"),)))
