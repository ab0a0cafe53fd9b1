"""Reading Amazon Bedrock's Converse requests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from mock_providers.answer.model import Ask, AskedMessage, AskedTool
from mock_providers.dialects.base import Inbound
from mock_providers.dialects.reading import integer, joined, mapping, objects, strings, text


def model_of(inbound: Inbound) -> str:
    """The model id in the path, its colons and slashes unquoted."""
    return unquote(inbound.params.get("model", ""))


def read(inbound: Inbound, operation: str) -> Ask:
    """A Converse or ConverseStream request in neutral form."""
    body = mapping(inbound.json)
    limits = mapping(body.get("inferenceConfig"))
    tools = mapping(body.get("toolConfig"))
    extra = mapping(body.get("additionalModelRequestFields"))
    system = joined(body.get("system"))
    head = (AskedMessage("system", system),) if system else ()
    return Ask(
        operation=operation,
        model=model_of(inbound),
        stream=inbound.path.endswith("-stream"),
        messages=head + tuple(_message(m) for m in objects(body.get("messages"))),
        tools=tuple(_tools(tools)),
        tool_choice=_choice(mapping(tools.get("toolChoice"))),
        schema=_schema(body),
        stop=strings(limits.get("stopSequences")),
        max_tokens=integer(limits.get("maxTokens")),
        reasoning=_reasons(extra),
        caching="marked" if _marked(body, tools) else "",
        raw=body,
    )


def _marked(body: Mapping[str, Any], tools: Mapping[str, Any]) -> bool:
    """Whether a cache point stands anywhere."""
    contents = [block for m in objects(body.get("messages")) for block in objects(m.get("content"))]
    blocks = [*objects(body.get("system")), *objects(tools.get("tools")), *contents]
    return any("cachePoint" in block for block in blocks)


def _reasons(extra: Mapping[str, Any]) -> bool:
    thinking = mapping(extra.get("thinking") or extra.get("reasoning_config"))
    nova = mapping(extra.get("reasoningConfig"))
    return "enabled" in (thinking.get("type"), nova.get("type"))


def _tools(config: Mapping[str, Any]) -> list[AskedTool]:
    specs = [mapping(tool.get("toolSpec")) for tool in objects(config.get("tools"))]
    return [
        AskedTool(
            name=text(spec.get("name")),
            parameters=mapping(mapping(spec.get("inputSchema")).get("json")),
            description=text(spec.get("description")),
        )
        for spec in specs
        if spec.get("name")
    ]


def _choice(chosen: Mapping[str, Any]) -> str:
    if "any" in chosen:
        return "required"
    return text(mapping(chosen.get("tool")).get("name"), "auto")


def _schema(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """``outputConfig.textFormat``: the schema is JSON inside a string."""
    wanted = mapping(mapping(body.get("outputConfig")).get("textFormat"))
    held = mapping(mapping(wanted.get("structure")).get("jsonSchema")).get("schema")
    try:
        return mapping(json.loads(held)) or None if isinstance(held, str) else None
    except json.JSONDecodeError:
        return None


def _message(item: Mapping[str, Any]) -> AskedMessage:
    blocks = objects(item.get("content"))
    results = [mapping(b.get("toolResult")) for b in blocks if "toolResult" in b]
    texts = [text(block.get("text")) for block in blocks]
    texts += [_told(part) for result in results for part in objects(result.get("content"))]
    calls = [mapping(b.get("toolUse")).get("name") for b in blocks if "toolUse" in b]
    return AskedMessage(
        role=text(item.get("role"), "user"),
        text="\n".join(part for part in texts if part),
        images=sum("image" in block for block in blocks),
        audio=sum("video" in block or "audio" in block for block in blocks),
        documents=sum("document" in block for block in blocks),
        tool_results=tuple(text(result.get("toolUseId")) for result in results),
        tool_calls=tuple(text(name) for name in calls),
    )


def _told(part: Mapping[str, Any]) -> str:
    return text(part.get("text")) or (json.dumps(part["json"]) if "json" in part else "")
