"""Reading the requests of Google's generateContent family.

Protobuf JSON takes ``camelCase`` and ``snake_case`` alike, and so do we.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from mock_providers.answer.model import Ask, AskedMessage, AskedTool
from mock_providers.dialects.base import Inbound
from mock_providers.dialects.reading import flag, integer, mapping, objects, strings, text

_UPPER = re.compile(r"(?<!^)(?=[A-Z])")
_MODEL = re.compile(r"models/([^:/]+)")
_ROLES = {"model": "assistant", "function": "user"}


def pick(holder: Mapping[str, Any], name: str) -> Any:
    """The field by its camel-case name, or by its snake-case one."""
    value = holder.get(name)
    return value if value is not None else holder.get(_UPPER.sub("_", name).lower())


def model_of(inbound: Inbound) -> str:
    """The model in the path."""
    named = inbound.params.get("model")
    if not named:
        found = _MODEL.search(inbound.path)
        named = found.group(1) if found else ""
    return named.removeprefix("models/").partition(":")[0]


def read(inbound: Inbound, operation: str) -> Ask:
    """A generateContent or countTokens request in neutral form."""
    body = mapping(inbound.json)
    body = mapping(pick(body, "generateContentRequest")) or body
    config = mapping(pick(body, "generationConfig"))
    calling = mapping(pick(mapping(pick(body, "toolConfig")), "functionCallingConfig"))
    allowed = strings(pick(calling, "allowedFunctionNames"))
    offered = [t for t in _tools(body) if not allowed or t.name in allowed]
    mode = text(calling.get("mode"), "AUTO").upper()
    schema = pick(config, "responseJsonSchema") or pick(config, "responseSchema")
    thinking = mapping(pick(config, "thinkingConfig"))
    wants_json = text(pick(config, "responseMimeType")) == "application/json"
    streamed = "streamGenerateContent" in inbound.path or operation == "stream"
    return Ask(
        operation="chat" if operation == "stream" else operation,
        model=model_of(inbound),
        stream=streamed,
        messages=_messages(body),
        tools=tuple(offered),
        tool_choice={"ANY": "required", "NONE": "none"}.get(mode, "auto"),
        schema=_lowered(schema) if isinstance(schema, Mapping) else None,
        json_mode=wants_json,
        n=max(1, min(8, integer(pick(config, "candidateCount")) or 1)),
        stop=strings(pick(config, "stopSequences")),
        max_tokens=integer(pick(config, "maxOutputTokens")),
        logprobs=(integer(config.get("logprobs")) or 0)
        if flag(pick(config, "responseLogprobs"))
        else None,
        reasoning=flag(pick(thinking, "includeThoughts"))
        or bool(pick(thinking, "thinkingBudget") or pick(thinking, "thinkingLevel")),
        seed=integer(config.get("seed")),
        form="array" if streamed and inbound.query.get("alt") != "sse" else "",
        caching="auto",
        raw=body,
    )


def shows_thoughts(ask: Ask) -> bool:
    """Whether the caller wants to see the thoughts."""
    config = mapping(pick(ask.raw, "generationConfig"))
    return flag(pick(mapping(pick(config, "thinkingConfig")), "includeThoughts"))


def _tools(body: Mapping[str, Any]) -> list[AskedTool]:
    groups = body.get("tools")
    holders = objects(groups) if isinstance(groups, list) else [mapping(groups)]
    return [
        AskedTool(
            name=text(f.get("name")),
            parameters=_lowered(
                mapping(pick(f, "parametersJsonSchema")) or mapping(f.get("parameters"))
            ),
            description=text(f.get("description")),
        )
        for holder in holders
        for f in objects(pick(holder, "functionDeclarations"))
    ]


def _lowered(schema: Any) -> Any:
    """Google's ``Schema`` as JSON Schema: types in lower case, counts as numbers, nullable."""
    if isinstance(schema, list):
        return [_lowered(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    result = {key: _lowered(value) for key, value in schema.items()}
    if isinstance(kind := result.get("type"), str):
        result["type"] = kind.lower()
    for key in ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"):
        if isinstance(count := result.get(key), str) and count.isdigit():
            result[key] = int(count)
    return result


def _messages(body: Mapping[str, Any]) -> tuple[AskedMessage, ...]:
    system = mapping(pick(body, "systemInstruction"))
    contents = body.get("contents")
    held = objects(contents) if isinstance(contents, list) else [mapping(contents)]
    head = (_message({**system, "role": "system"}),) if system else ()
    return head + tuple(_message(item) for item in held if item)


def _message(item: Mapping[str, Any]) -> AskedMessage:
    parts = objects(item.get("parts")) or [mapping(item.get("parts"))]
    kinds = [_media_kind(part) for part in parts]
    results = [mapping(pick(p, "functionResponse")) for p in parts]
    results = [r for r in results if r]
    calls = [mapping(pick(p, "functionCall")) for p in parts]
    texts = [text(p.get("text")) for p in parts]
    texts += [json.dumps(r.get("response"), ensure_ascii=False) for r in results]
    role = text(item.get("role"), "user")
    return AskedMessage(
        role=_ROLES.get(role, role),
        text="\n".join(t for t in texts if t),
        images=kinds.count("image"),
        audio=kinds.count("audio") + kinds.count("video"),
        documents=kinds.count("application") + kinds.count("text"),
        tool_results=tuple(text(r.get("id")) or text(r.get("name")) for r in results),
        tool_calls=tuple(text(c.get("name")) for c in calls if c),
    )


def _media_kind(part: Mapping[str, Any]) -> str:
    media = mapping(pick(part, "inlineData")) or mapping(pick(part, "fileData"))
    return text(pick(media, "mimeType")).partition("/")[0]


def read_embeddings(inbound: Inbound, operation: str) -> Ask:
    """An embedContent or batchEmbedContents request."""
    body = mapping(inbound.json)
    batch = "requests" in body
    wanted = objects(body.get("requests")) if batch else [body]
    sizes = [integer(pick(w, "outputDimensionality")) for w in wanted]
    return Ask(
        operation=operation,
        model=model_of(inbound),
        inputs=tuple(_message(mapping(w.get("content"))).text for w in wanted),
        dimensions=next((size for size in sizes if size), None),
        form="batch" if batch else "",
        raw=body,
    )


def read_models(inbound: Inbound, operation: str) -> Ask:
    """A models list or retrieve request."""
    return Ask(operation=operation, model=model_of(inbound), raw=dict(inbound.query))


def read_predictions(inbound: Inbound, operation: str) -> Ask:
    """Vertex's predict request of an embedding model."""
    body = mapping(inbound.json)
    return Ask(
        operation=operation,
        model=model_of(inbound),
        inputs=tuple(text(item.get("content")) for item in objects(body.get("instances"))),
        dimensions=integer(mapping(body.get("parameters")).get("outputDimensionality")),
        raw=body,
    )
