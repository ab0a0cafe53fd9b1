"""Ollama's embeddings, list of models and the little things its SDK asks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from mock_providers.answer.model import Ask, Turn
from mock_providers.dialects.base import Context, Inbound
from mock_providers.dialects.ollama import timestamp
from mock_providers.dialects.openai_plain import row
from mock_providers.dialects.plain import PlainDialect
from mock_providers.dialects.reading import integer, mapping, strings, text
from mock_providers.dialects.vectors import vector

DIMENSIONS = 768
_JSON = "application/json; charset=utf-8"
_DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "llama",
    "families": ["llama"],
    "parameter_size": "8.0B",
    "quantization_level": "Q4_K_M",
}


def _read_embed(inbound: Inbound, operation: str) -> Ask:
    body = mapping(inbound.json)
    return Ask(
        operation=operation,
        model=text(body.get("model")),
        inputs=strings(body.get("input", body.get("prompt"))),
        dimensions=integer(body.get("dimensions")),
        form="single" if "prompt" in body else "",
        raw=body,
    )


def _write_embed(turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    size = min(ask.dimensions or row(context, ask.model).get("dimensions") or DIMENSIONS, 8192)
    made = [vector(item, size) for item in ask.inputs]
    if ask.form == "single":  # /api/embeddings, the older call
        return {"embedding": made[0] if made else []}
    return {
        "model": ask.model,
        "embeddings": made,
        "total_duration": 14_000_000,
        "load_duration": 1_000_000,
        "prompt_eval_count": turn.usage.input,
    }


def _read_name(inbound: Inbound, operation: str) -> Ask:
    body = mapping(inbound.json)
    return Ask(operation=operation, model=text(body.get("model")) or text(body.get("name")))


def _write_tags(_turn: Turn, _ask: Ask, context: Context) -> dict[str, Any]:
    return {"models": [_model(item, context) for item in context.models]}


def _model(item: Mapping[str, Any], context: Context) -> dict[str, Any]:
    name = str(item["id"])
    return {
        "name": name,
        "model": name,
        "modified_at": timestamp(context),
        "size": 4_661_224_676,
        "digest": hashlib.sha256(name.encode()).hexdigest(),
        "details": _DETAILS,
    }


def _write_show(_turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    known = row(context, ask.model)
    return {
        "modelfile": f"FROM {ask.model}",
        "parameters": "",
        "template": "{{ .Prompt }}",
        "details": _DETAILS,
        "model_info": {"llama.context_length": known.get("input_limit", 8192)},
        "capabilities": ["completion", "tools"],
        "modified_at": timestamp(context),
    }


def _write_version(_turn: Turn, _ask: Ask, _context: Context) -> dict[str, Any]:
    return {"version": "0.12.6"}


OLLAMA_EMBED = PlainDialect("ollama_embed", _read_embed, _write_embed, media_type=_JSON)
OLLAMA_TAGS = PlainDialect("ollama_tags", _read_name, _write_tags, media_type=_JSON)
OLLAMA_SHOW = PlainDialect("ollama_show", _read_name, _write_show, media_type=_JSON)
OLLAMA_VERSION = PlainDialect("ollama_version", _read_name, _write_version, media_type=_JSON)
