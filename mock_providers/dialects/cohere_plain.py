"""Cohere's embed, rerank and models."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from mock_providers.answer.model import Ask, Turn
from mock_providers.answer.tokens import count
from mock_providers.dialects.base import Context, Inbound
from mock_providers.dialects.openai_plain import row
from mock_providers.dialects.plain import PlainDialect
from mock_providers.dialects.reading import integer, joined, mapping, objects, strings, text
from mock_providers.dialects.vectors import as_base64, similarity, vector
from mock_providers.profiles.ids import compile_id

DIMENSIONS = 1536
_uuid = compile_id("{uuid}")
_PACKED = {"int8": 127.0, "uint8": 127.0}


def _read_embed(inbound: Inbound, operation: str) -> Ask:
    body = mapping(inbound.json)
    inputs = [joined(item.get("content")) for item in objects(body.get("inputs"))]
    return Ask(
        operation=operation,
        model=text(body.get("model")) or inbound.params.get("model", ""),
        inputs=strings(body.get("texts")) + tuple(inputs),
        dimensions=integer(body.get("output_dimension")),
        raw=body,
    )


def write_embed(turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    """The embeddings in each form asked for; floats where nothing is said."""
    size = min(ask.dimensions or row(context, ask.model).get("dimensions") or DIMENSIONS, 8192)
    vectors = [vector(item, size) for item in ask.inputs]
    forms = strings(ask.raw.get("embedding_types")) or ("float",)
    billed = {"input_tokens": turn.usage.input, "image_tokens": 0}
    return {
        "id": _uuid(context.random),
        "texts": list(ask.inputs),
        "embeddings": {form: [_packed(v, form) for v in vectors] for form in forms},
        "meta": {"api_version": {"version": "2"}, "billed_units": billed},
        "response_type": "embeddings_by_type",
    }


def _packed(values: list[float], form: str) -> Any:
    match form:
        case "int8":
            return [round(x * 127) for x in values]
        case "uint8":
            return [round(x * 127) + 128 for x in values]
        case "binary" | "ubinary":
            bits = [
                int("".join("1" if x > 0 else "0" for x in values[at : at + 8]), 2)
                for at in range(0, len(values), 8)
            ]
            return bits if form == "ubinary" else list(struct.unpack(f"{len(bits)}b", bytes(bits)))
        case "base64":
            return as_base64(values)
        case _:
            return values


def read_rerank(inbound: Inbound, operation: str) -> Ask:
    """The query and the documents to rank, texts or objects with one."""
    body = mapping(inbound.json)
    documents = body.get("documents")
    texts = strings(documents) or tuple(text(d.get("text")) for d in objects(documents))
    return Ask(
        operation=operation,
        model=text(body.get("model")),
        inputs=(text(body.get("query")), *texts),
        raw=body,
    )


def ranked(ask: Ask) -> list[tuple[int, float]]:
    """Documents by how many words they share with the query, best first, and their scores."""
    query, *documents = ask.inputs
    scored = [(index, similarity(query, document)) for index, document in enumerate(documents)]
    scored.sort(key=lambda pair: -pair[1])
    return scored[: integer(ask.raw.get("top_n")) or len(scored)]


def _write_rerank(_turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    return {
        "id": _uuid(context.random),
        "results": [{"index": at, "relevance_score": score} for at, score in ranked(ask)],
        "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}},
    }


def _read_models(inbound: Inbound, operation: str) -> Ask:
    return Ask(operation=operation, model=inbound.params.get("model", ""))


def _write_models(_turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    if ask.model:
        return _model({"id": ask.model, **row(context, ask.model)})
    return {"models": [_model(item) for item in context.models]}


def _model(item: Mapping[str, Any]) -> dict[str, Any]:
    name = str(item["id"])
    kind = next((k for k in ("embed", "rerank") if k in name), "chat")
    return {
        "name": name,
        "is_deprecated": False,
        "endpoints": [kind],
        "finetuned": False,
        "context_length": item.get("input_limit", 128000),
        "tokenizer_url": None,
        "default_endpoints": [],
        "features": ["tools", "json_schema"] if kind == "chat" else [],
    }


def _read_tokenize(inbound: Inbound, operation: str) -> Ask:
    body = mapping(inbound.json)
    return Ask(operation=operation, model=text(body.get("model")), inputs=strings(body.get("text")))


def _write_tokenize(_turn: Turn, ask: Ask, _context: Context) -> dict[str, Any]:
    """Numbers instead of a vocabulary; as many as the token rule counts."""
    amount = sum(count(item) for item in ask.inputs)
    return {
        "tokens": list(range(1, amount + 1)),
        "token_strings": [],
        "meta": {"api_version": {"version": "1"}},
    }


COHERE_EMBED = PlainDialect("cohere_embed", _read_embed, write_embed)
COHERE_RERANK = PlainDialect("cohere_rerank", read_rerank, _write_rerank)
COHERE_MODELS = PlainDialect("cohere_models", _read_models, _write_models)
COHERE_TOKENIZE = PlainDialect("cohere_tokenize", _read_tokenize, _write_tokenize)
