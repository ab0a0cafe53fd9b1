"""OpenAI's embeddings and models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_providers.answer.model import Ask, Turn
from mock_providers.dialects.base import Context, Inbound
from mock_providers.dialects.openai_ask import embedding_inputs
from mock_providers.dialects.plain import PlainDialect
from mock_providers.dialects.reading import integer, mapping, text
from mock_providers.dialects.vectors import as_base64, vector
from mock_providers.dialects.wire import pretty
from mock_providers.profiles.ids import compile_id

DIMENSIONS = 1536
"""Length of an embedding where neither the request nor the model row says it."""
_CREATED = 1715367049


def row(context: Context, model: str) -> Mapping[str, Any]:
    """The profile's row of a model, empty where a pattern let it in."""
    return next((m for m in context.models if m.get("id") == model), {})


def _read_embeddings(inbound: Inbound, operation: str) -> Ask:
    body = mapping(inbound.json)
    return Ask(
        operation=operation,
        model=text(body.get("model")) or inbound.params.get("model", ""),
        inputs=embedding_inputs(body.get("input")),
        dimensions=integer(body.get("dimensions") or body.get("output_dimension")),
        raw=body,
    )


def _write_embeddings(turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    size = ask.dimensions or row(context, ask.model).get("dimensions") or DIMENSIONS
    packed = ask.raw.get("encoding_format") == "base64"
    vectors = [vector(item, min(size, 8192)) for item in ask.inputs]
    form = context.quirks.get("id")
    spent = {"prompt_tokens": turn.usage.input, "total_tokens": turn.usage.input}
    return {
        **({"id": compile_id(form)(context.random)} if form else {}),
        "object": "list",
        "data": [
            {"object": "embedding", "index": i, "embedding": as_base64(v) if packed else v}
            for i, v in enumerate(vectors)
        ],
        "model": ask.model,
        "usage": {**spent, **mapping(context.quirks.get("usage_fields"))},
    }


def _read_models(inbound: Inbound, operation: str) -> Ask:
    return Ask(operation=operation, model=inbound.params.get("model", ""))


def _write_models(_turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    if ask.model:
        return _model({"id": ask.model, **row(context, ask.model)}, context)
    return {"object": "list", "data": [_model(m, context) for m in context.models]}


def _model(item: Mapping[str, Any], context: Context) -> dict[str, Any]:
    return {
        "id": item["id"],
        "object": "model",
        "created": item.get("created", _CREATED),
        "owned_by": item.get("owned_by", context.provider),
        **mapping(context.quirks.get("model_fields")),
    }


OPENAI_EMBEDDINGS = PlainDialect("openai_embeddings", _read_embeddings, _write_embeddings, pretty)
OPENAI_MODELS = PlainDialect("openai_models", _read_models, _write_models, pretty)
