"""Reading the request of OpenAI's Responses API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_providers.answer.model import Ask, AskedMessage, AskedTool
from mock_providers.dialects.base import Inbound
from mock_providers.dialects.openai_ask import response_format, tool_choice
from mock_providers.dialects.reading import flag, integer, joined, mapping, objects, strings, text

_IMAGES = {"input_image"}
_AUDIO = {"input_audio"}
_DOCUMENTS = {"input_file"}


def read(inbound: Inbound, operation: str) -> Ask:
    """A response request in neutral form; the instructions are the first message."""
    body = mapping(inbound.json)
    schema, json_mode = response_format(mapping(body.get("text")).get("format"))
    reasoning = mapping(body.get("reasoning"))
    instructions = text(body.get("instructions"))
    head = (AskedMessage(role="system", text=instructions),) if instructions else ()
    scored = "message.output_text.logprobs" in strings(body.get("include"))
    return Ask(
        operation=operation,
        model=text(body.get("model")),
        stream=flag(body.get("stream")),
        messages=head + _messages(body.get("input")),
        tools=tuple(_tool(t) for t in objects(body.get("tools")) if t.get("type") == "function"),
        tool_choice=_choice(body.get("tool_choice")),
        parallel_tools=body.get("parallel_tool_calls") is not False,
        schema=schema,
        json_mode=json_mode,
        max_tokens=integer(body.get("max_output_tokens")),
        logprobs=(integer(body.get("top_logprobs")) or 0) if scored else None,
        reasoning=reasoning.get("effort") not in (None, "none") or bool(reasoning.get("summary")),
        caching="auto",
        raw=body,
    )


def _choice(value: Any) -> str:
    chosen = mapping(value)
    if chosen.get("type") == "allowed_tools":
        return text(chosen.get("mode"), "auto")
    return tool_choice(value)


def _tool(item: Mapping[str, Any]) -> AskedTool:
    return AskedTool(
        name=text(item.get("name")),
        parameters=mapping(item.get("parameters")),
        description=text(item.get("description")),
    )


def _messages(value: Any) -> tuple[AskedMessage, ...]:
    """The input: one text, or items. Results of one turn count as one message."""
    if isinstance(value, str):
        return (AskedMessage(role="user", text=value),)
    return tuple(_message(item) for item in objects(value))


def _message(item: Mapping[str, Any]) -> AskedMessage:
    match item.get("type"):
        case "function_call" | "custom_tool_call":
            return AskedMessage(role="assistant", tool_calls=(text(item.get("name")),))
        case "function_call_output" | "custom_tool_call_output":
            return AskedMessage(
                role="tool",
                text=joined(item.get("output")),
                tool_results=(text(item.get("call_id")),),
            )
        case "reasoning":
            return AskedMessage(role="assistant", text=joined(item.get("summary")))
    content = item.get("content")
    kinds = [part.get("type") for part in objects(content)]
    role = text(item.get("role"), "user")
    return AskedMessage(
        role="system" if role == "developer" else role,
        text=joined(content),
        images=sum(kind in _IMAGES for kind in kinds),
        audio=sum(kind in _AUDIO for kind in kinds),
        documents=sum(kind in _DOCUMENTS for kind in kinds),
    )
