"""Reading the request of Anthropic's messages API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_providers.answer.model import Ask, AskedMessage, AskedTool
from mock_providers.dialects.base import Inbound
from mock_providers.dialects.reading import flag, integer, joined, mapping, objects, strings, text

_CHOICES = {"any": "required", "auto": "auto", "none": "none"}


def read(inbound: Inbound, operation: str) -> Ask:
    """A messages request in neutral form; the system prompt is the first message."""
    body = mapping(inbound.json)
    choice = mapping(body.get("tool_choice"))
    thinking = mapping(body.get("thinking"))
    output = mapping(mapping(body.get("output_config")).get("format") or body.get("output_format"))
    system = joined(body.get("system"))
    head = (AskedMessage(role="system", text=system),) if system else ()
    return Ask(
        operation=operation,
        model=text(body.get("model")) or inbound.params.get("model", ""),
        stream=flag(body.get("stream")),
        messages=head + tuple(_message(m) for m in objects(body.get("messages"))),
        tools=tuple(_tool(t) for t in objects(body.get("tools")) if "input_schema" in t),
        tool_choice=_CHOICES.get(
            text(choice.get("type"), "auto"), text(choice.get("name"), "auto")
        ),
        parallel_tools=choice.get("disable_parallel_tool_use") is not True,
        schema=mapping(output.get("schema")) or None,
        stop=strings(body.get("stop_sequences")),
        max_tokens=integer(body.get("max_tokens")),
        reasoning=thinking.get("type") in ("enabled", "adaptive"),
        caching="marked" if _marked(body) else "",
        raw=body,
    )


def _marked(body: Mapping[str, Any]) -> bool:
    """Whether the caller marks anything for the cache."""
    contents = [block for m in objects(body.get("messages")) for block in objects(m.get("content"))]
    blocks = [body, *objects(body.get("system")), *objects(body.get("tools")), *contents]
    return any(block.get("cache_control") is not None for block in blocks)


def _tool(item: Mapping[str, Any]) -> AskedTool:
    return AskedTool(
        name=text(item.get("name")),
        parameters=mapping(item.get("input_schema")),
        description=text(item.get("description")),
    )


def _message(item: Mapping[str, Any]) -> AskedMessage:
    content = item.get("content")
    blocks = objects(content)
    kinds = [block.get("type") for block in blocks]
    results = [block for block in blocks if block.get("type") == "tool_result"]
    texts = [joined(content), *(joined(result.get("content")) for result in results)]
    inner = [part.get("type") for result in results for part in objects(result.get("content"))]
    return AskedMessage(
        role=text(item.get("role"), "user"),
        text="\n".join(part for part in texts if part),
        images=kinds.count("image") + inner.count("image"),
        documents=kinds.count("document") + inner.count("document"),
        tool_results=tuple(text(result.get("tool_use_id")) for result in results),
        tool_calls=tuple(text(b.get("name")) for b in blocks if b.get("type") == "tool_use"),
    )
