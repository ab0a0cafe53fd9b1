"""One way to stream through each official SDK, as its documentation shows it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PATIENCE = 1.0
"""Seconds an SDK waits for the next byte; a stall is longer."""


@dataclass(frozen=True)
class Heard:
    """What an SDK made of an answer: the text, and the finish reason it tells."""

    text: str
    finish: str | None


@dataclass(frozen=True)
class Driver:
    """One way to stream through one SDK. ``errors`` is the base class its users catch."""

    name: str
    package: str
    dialect: str
    base: str
    drive: Callable[[Any, str], Heard]
    errors: Callable[[Any], Any]


def _word(value: Any) -> str | None:
    return None if value is None else str(getattr(value, "value", value))


def _openai(sdk: Any, base: str) -> Any:
    return sdk.OpenAI(base_url=base, api_key="sk-test", max_retries=0, timeout=PATIENCE)


ASK = [{"role": "user", "content": "Hi"}]


def openai_chat(sdk: Any, base: str) -> Heard:
    text, finish = "", None
    for chunk in _openai(sdk, base).chat.completions.create(
        model="gpt-4o", messages=ASK, stream=True
    ):
        for choice in chunk.choices or []:
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
    return Heard(text, finish)


def openai_chat_helper(sdk: Any, base: str) -> Heard:
    with _openai(sdk, base).chat.completions.stream(model="gpt-4o", messages=ASK) as stream:
        for _ in stream:
            pass
        choice = stream.get_final_completion().choices[0]
    return Heard(choice.message.content or "", choice.finish_reason)


def openai_responses(sdk: Any, base: str) -> Heard:
    text, finish = "", None
    for event in _openai(sdk, base).responses.create(model="gpt-4o", input="Hi", stream=True):
        if event.type == "response.output_text.delta":
            text += event.delta
        elif event.type in ("response.completed", "response.incomplete", "response.failed"):
            finish = event.response.status
    return Heard(text, finish)


def openai_responses_helper(sdk: Any, base: str) -> Heard:
    with _openai(sdk, base).responses.stream(model="gpt-4o", input="Hi") as stream:
        for _ in stream:
            pass
        response = stream.get_final_response()
    return Heard(response.output_text, response.status)


def anthropic(sdk: Any, base: str) -> Heard:
    client = sdk.Anthropic(base_url=base, api_key="sk-ant-test", max_retries=0, timeout=PATIENCE)
    with client.messages.stream(model="claude-sonnet-4-5", max_tokens=100, messages=ASK) as stream:
        text = "".join(stream.text_stream)
        finish = stream.get_final_message().stop_reason
    return Heard(text, finish)


def genai(sdk: Any, base: str) -> Heard:
    options = sdk.types.HttpOptions(base_url=base, timeout=int(PATIENCE * 1000))
    client = sdk.Client(api_key="AIzaSyMock0123456789abcdefghijklmnopqrs", http_options=options)
    text, finish = "", None
    for chunk in client.models.generate_content_stream(model="gemini-2.5-flash", contents="Hi"):
        for candidate in (chunk.candidates or [])[:1]:
            parts = (candidate.content and candidate.content.parts) or []
            text += "".join(part.text or "" for part in parts)
            finish = _word(candidate.finish_reason) or finish
    return Heard(text, finish)


def cohere(sdk: Any, base: str) -> Heard:
    client = sdk.ClientV2("co-test-key", base_url=base, timeout=PATIENCE)
    text, finish = "", None
    for event in client.chat_stream(
        model="command-a-03-2025", messages=ASK, request_options={"max_retries": 0}
    ):
        if event.type == "content-delta":
            text += event.delta.message.content.text or ""
        elif event.type == "message-end":
            finish = event.delta.finish_reason
    return Heard(text, finish)


def mistral(sdk: Any, base: str) -> Heard:
    client = sdk.Mistral(api_key="test", server_url=base, timeout_ms=int(PATIENCE * 1000))
    text, finish = "", None
    for event in client.chat.stream(model="mistral-small-latest", messages=ASK):
        for choice in event.data.choices:
            text += choice.delta.content or ""
            finish = _word(choice.finish_reason) or finish
    return Heard(text, finish)


def groq(sdk: Any, base: str) -> Heard:
    client = sdk.Groq(base_url=base, api_key="gsk_test", max_retries=0, timeout=PATIENCE)
    text, finish = "", None
    for chunk in client.chat.completions.create(
        model="llama-3.3-70b-versatile", messages=ASK, stream=True
    ):
        for choice in chunk.choices or []:
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
    return Heard(text, finish)


def ollama(sdk: Any, base: str) -> Heard:
    client = sdk.Client(host=base, timeout=PATIENCE)
    text, finish = "", None
    for part in client.chat(model="llama3.2", messages=ASK, stream=True):
        text += part.message.content or ""
        finish = part.done_reason or finish
    return Heard(text, finish)


def bedrock(sdk: Any, base: str) -> Heard:
    config = importlib.import_module("botocore.config").Config(
        retries={"total_max_attempts": 1}, read_timeout=PATIENCE
    )
    client = sdk.client(
        "bedrock-runtime", region_name="us-east-1", endpoint_url=base, config=config,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="secret",
    )  # fmt: skip
    answer = client.converse_stream(
        modelId="anthropic.claude-3-5-sonnet-20240620-v1:0",
        messages=[{"role": "user", "content": [{"text": "Hi"}]}],
    )
    text, finish = "", None
    for event in answer["stream"]:
        text += event.get("contentBlockDelta", {}).get("delta", {}).get("text", "")
        finish = event.get("messageStop", {}).get("stopReason", finish)
    return Heard(text, finish)


def _errors(path: str) -> Callable[[Any], Any]:
    module, _, name = path.rpartition(".")
    return lambda _sdk: getattr(importlib.import_module(module), name)


_OPENAI, _V1 = _errors("openai.OpenAIError"), "openai/v1"
DRIVERS = (
    Driver("openai chat", "openai", "openai_chat", _V1, openai_chat, _OPENAI),
    Driver("openai chat helper", "openai", "openai_chat", _V1, openai_chat_helper, _OPENAI),
    Driver("openai responses", "openai", "openai_responses", _V1, openai_responses, _OPENAI),
    Driver(
        "openai responses helper",
        "openai",
        "openai_responses",
        _V1,
        openai_responses_helper,
        _OPENAI,
    ),
    Driver(
        "anthropic",
        "anthropic",
        "anthropic",
        "anthropic",
        anthropic,
        _errors("anthropic.AnthropicError"),
    ),
    Driver(
        "google-genai",
        "google.genai",
        "gemini",
        "gemini",
        genai,
        _errors("google.genai.errors.APIError"),
    ),
    Driver("cohere v2", "cohere", "cohere_chat", "cohere", cohere, _errors("cohere.core.ApiError")),
    Driver(
        "mistralai",
        "mistralai.client",
        "openai_chat",
        "mistral",
        mistral,
        _errors("mistralai.client.errors.MistralError"),
    ),
    Driver("groq", "groq", "openai_chat", "groq", groq, _errors("groq.GroqError")),
    Driver("ollama", "ollama", "ollama_chat", "ollama", ollama, _errors("ollama.ResponseError")),
    Driver(
        "bedrock (boto3)",
        "boto3",
        "bedrock_converse",
        "bedrock",
        bedrock,
        _errors("botocore.exceptions.ClientError"),
    ),
)

PACKAGES = {"google.genai": "google-genai", "mistralai.client": "mistralai"}
