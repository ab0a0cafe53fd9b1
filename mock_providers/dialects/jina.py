"""Jina's rerank: scores in the answer of its own, documents handed back.

Source: docs.jina.ai, POST /v1/rerank.
"""

from __future__ import annotations

from typing import Any

from mock_providers.answer.model import Ask, Turn
from mock_providers.dialects.base import Context
from mock_providers.dialects.cohere_plain import ranked, read_rerank
from mock_providers.dialects.plain import PlainDialect


def _write(turn: Turn, ask: Ask, _context: Context) -> dict[str, Any]:
    documents = ask.inputs[1:]
    shown = ask.raw.get("return_documents") is not False
    return {
        "model": ask.model,
        "usage": {"total_tokens": turn.usage.input},
        "results": [
            {
                "index": at,
                "relevance_score": score,
                **({"document": {"text": documents[at]}} if shown else {}),
            }
            for at, score in ranked(ask)
        ],
    }


JINA_RERANK = PlainDialect("jina_rerank", read_rerank, _write)
