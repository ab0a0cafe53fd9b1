"""Google's token counting, embeddings and models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_providers.answer.model import Ask, Turn
from mock_providers.answer.tokens import count
from mock_providers.dialects.base import Context
from mock_providers.dialects.gemini_ask import (
    read,
    read_embeddings,
    read_models,
    read_predictions,
)
from mock_providers.dialects.openai_plain import row
from mock_providers.dialects.plain import PlainDialect
from mock_providers.dialects.vectors import vector
from mock_providers.dialects.wire import pretty_line

DIMENSIONS = 768
_JSON = "application/json; charset=UTF-8"
_GENERATES = ("generateContent", "countTokens", "createCachedContent", "batchGenerateContent")
_EMBEDS = ("embedContent", "countTextTokens", "countTokens", "asyncBatchEmbedContent")


def _details(tokens: int) -> list[dict[str, Any]]:
    return [{"modality": "TEXT", "tokenCount": tokens}]


def _write_count(turn: Turn, _ask: Ask, _context: Context) -> dict[str, Any]:
    spent = turn.usage.input
    return {"totalTokens": spent, "promptTokensDetails": _details(spent)}


def _write_embeddings(turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    size = min(ask.dimensions or row(context, ask.model).get("dimensions") or DIMENSIONS, 8192)
    made = [{"values": vector(item, size)} for item in ask.inputs]
    asked = turn.usage.input
    spent = {"promptTokenCount": asked, "promptTokenDetails": _details(asked)}
    answer = {"embeddings": made} if ask.form == "batch" else {"embedding": made[0]}
    return {**answer, "usageMetadata": spent}


def _write_models(_turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    if ask.model:
        return _model({"id": ask.model, **row(context, ask.model)})
    wanted = str(ask.raw.get("pageSize", ""))
    size = int(wanted) if wanted.isdigit() else 50
    token = str(ask.raw.get("pageToken", ""))
    first = int(token) if token.isdigit() else 0
    page = [_model(m) for m in context.models[first : first + size]]
    more = first + size < len(context.models)
    return {"models": page, **({"nextPageToken": str(first + size)} if more else {})}


def _model(item: Mapping[str, Any]) -> dict[str, Any]:
    name = str(item["id"])
    title = item.get("display_name") or name.replace("-", " ").title()
    return {
        "name": f"models/{name}",
        "version": str(item.get("version", "001")),
        "displayName": title,
        "description": str(item.get("description", title)),
        "inputTokenLimit": item.get("input_limit", 1048576),
        "outputTokenLimit": item.get("output_limit", 65536),
        "supportedGenerationMethods": list(_EMBEDS if "embedding" in name else _GENERATES),
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "maxTemperature": 2,
        "thinking": True,
    }


def _write_predictions(_turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    """Vertex's ``:predict`` of embedding models."""
    size = min(ask.dimensions or row(context, ask.model).get("dimensions") or DIMENSIONS, 8192)
    return {
        "predictions": [
            {
                "embeddings": {
                    "statistics": {"truncated": False, "token_count": count(item)},
                    "values": vector(item, size),
                }
            }
            for item in ask.inputs
        ],
        "metadata": {"billableCharacterCount": sum(map(len, ask.inputs))},
    }


VERTEX_PREDICT = PlainDialect(
    "vertex_predict", read_predictions, _write_predictions, pretty_line, _JSON
)
GEMINI_COUNT_TOKENS = PlainDialect("gemini_count_tokens", read, _write_count, pretty_line, _JSON)
GEMINI_EMBEDDINGS = PlainDialect(
    "gemini_embeddings", read_embeddings, _write_embeddings, pretty_line, _JSON
)
GEMINI_MODELS = PlainDialect("gemini_models", read_models, _write_models, pretty_line, _JSON)
