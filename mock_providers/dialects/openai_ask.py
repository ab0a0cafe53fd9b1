"""Reading the request of OpenAI chat completions and of the many APIs modelled on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_providers.answer.model import Ask, AskedMessage, AskedTool
from mock_providers.dialects.base import Inbound
from mock_providers.dialects.reading import (
    flag,
    integer,
    items,
    joined,
    mapping,
    objects,
    strings,
    text,
)

_IMAGES = {"image_url", "image", "input_image"}
_AUDIO = {"input_audio", "audio", "audio_url"}
_DOCUMENTS = {"file", "document", "input_file", "document_url", "file_url"}
_ROLES = {"developer": "system", "function": "tool"}
_CHOICES = {"any": "required"}
_NO_EFFORT = (None, "none")


def read(inbound: Inbound, operation: str) -> Ask:
    """A chat completion request in neutral form."""
    body = mapping(inbound.json)
    schema, json_mode = response_format(body.get("response_format"))
    functions = objects(body.get("functions"))
    options = mapping(body.get("stream_options"))
    chosen = body.get("tool_choice", body.get("function_call"))
    limit = integer(body.get("max_completion_tokens"))
    return Ask(
        operation=operation,
        model=text(body.get("model")) or inbound.params.get("model", ""),
        stream=flag(body.get("stream")),
        messages=messages(body.get("messages")),
        tools=tools(body.get("tools")) or tuple(_function(f) for f in functions),
        tool_choice=tool_choice(chosen),
        parallel_tools=body.get("parallel_tool_calls") is not False and not functions,
        schema=schema,
        json_mode=json_mode,
        n=max(1, min(128, integer(body.get("n")) or 1)),
        stop=strings(body.get("stop")),
        max_tokens=limit if limit is not None else integer(body.get("max_tokens")),
        logprobs=(integer(body.get("top_logprobs")) or 0) if flag(body.get("logprobs")) else None,
        reasoning=_reasons(body),
        include_usage=flag(options.get("include_usage")),
        seed=integer(body.get("seed", body.get("random_seed"))),
        form="functions" if functions else "",
        caching="auto",
        raw=body,
    )


def _reasons(body: Mapping[str, Any]) -> bool:
    """Whether one of the vendors' switches asks the model to think."""
    reasoning = mapping(body.get("reasoning"))
    thinking = mapping(body.get("thinking"))
    return (
        body.get("reasoning_effort") not in _NO_EFFORT
        or reasoning.get("effort") not in _NO_EFFORT
        or bool(reasoning.get("max_tokens") or flag(reasoning.get("enabled")))
        or thinking.get("type") in ("enabled", "adaptive")
        or flag(body.get("enable_thinking"))
        or body.get("prompt_mode") == "reasoning"
    )


def messages(value: Any) -> tuple[AskedMessage, ...]:
    """The conversation; a message that is no object is left out."""
    return tuple(_message(item) for item in objects(value))


def _message(item: Mapping[str, Any]) -> AskedMessage:
    content = item.get("content")
    role = text(item.get("role"), "user")
    kinds = [text(p.get("type")) for p in objects(content)]
    calls = [mapping(c.get("function")).get("name") for c in objects(item.get("tool_calls"))]
    answered = item.get("tool_call_id", item.get("name") if role == "function" else None)
    return AskedMessage(
        role=_ROLES.get(role, role),
        text=joined(content),
        images=sum(kind in _IMAGES for kind in kinds),
        audio=sum(kind in _AUDIO for kind in kinds),
        documents=sum(kind in _DOCUMENTS for kind in kinds),
        tool_results=(text(answered),) if role in ("tool", "function") else (),
        tool_calls=tuple(text(name) for name in calls),
    )


def tools(value: Any) -> tuple[AskedTool, ...]:
    """The function tools offered; hosted tools are left out."""
    offered = [mapping(t.get("function")) for t in objects(value)]
    return tuple(_function(f) for f in offered if f.get("name"))


def _function(item: Mapping[str, Any]) -> AskedTool:
    return AskedTool(
        name=text(item.get("name")),
        parameters=mapping(item.get("parameters")),
        description=text(item.get("description")),
    )


def tool_choice(value: Any) -> str:
    """Auto, none, required or a tool's name."""
    if isinstance(value, str):
        return _CHOICES.get(value, value)
    chosen = mapping(value)
    if allowed := mapping(chosen.get("allowed_tools")):
        return text(allowed.get("mode"), "auto")
    return text(mapping(chosen.get("function")).get("name")) or text(chosen.get("name"), "auto")


def response_format(value: Any) -> tuple[Mapping[str, Any] | None, bool]:
    """The schema the text must satisfy, and whether any JSON object will do."""
    wanted = mapping(value)
    kind = wanted.get("type")
    if kind == "json_schema":
        holder = mapping(wanted.get("json_schema")) or wanted
        schema = mapping(holder.get("schema"))
        return (schema, False) if schema else (None, True)
    if kind == "json_object":
        schema = mapping(wanted.get("schema") or wanted.get("json_schema"))
        return (schema, False) if schema else (None, True)
    return None, False


def embedding_inputs(value: Any) -> tuple[str, ...]:
    """Texts to embed; a list of token numbers is one text of as many words."""
    if isinstance(value, list) and value and all(isinstance(i, int) for i in value):
        return (" ".join(map(str, value)),)
    if isinstance(value, str):
        return (value,)
    return tuple(
        item if isinstance(item, str) else " ".join(str(i) for i in items(item))
        for item in items(value)
    )
