"""Anthropic's token counting and models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mock_providers.answer.model import Ask, Turn
from mock_providers.dialects.anthropic_ask import read
from mock_providers.dialects.base import Context, Inbound
from mock_providers.dialects.openai_plain import row
from mock_providers.dialects.plain import PlainDialect

_CREATED = 1759104000
_CAPABILITIES = (
    "batch",
    "citations",
    "code_execution",
    "image_input",
    "pdf_input",
    "structured_outputs",
)
_MANAGEMENT = ("clear_thinking_20251015", "clear_tool_uses_20250919", "compact_20260112")


def _write_count(turn: Turn, _ask: Ask, _context: Context) -> dict[str, Any]:
    return {"input_tokens": turn.usage.input}


def _read_models(inbound: Inbound, operation: str) -> Ask:
    return Ask(operation=operation, model=inbound.params.get("model", ""), raw=dict(inbound.query))


def _write_models(_turn: Turn, ask: Ask, context: Context) -> dict[str, Any]:
    """One model, or a page of them (``limit``, ``after_id``)."""
    if ask.model:
        return _model({"id": ask.model, **row(context, ask.model)})
    known = [_model(m) for m in context.models]
    names = [m["id"] for m in known]
    after = ask.raw.get("after_id")
    first = names.index(after) + 1 if after in names else 0
    limit = ask.raw.get("limit", "20")
    page = known[first : first + (int(limit) if str(limit).isdigit() else 20)]
    return {
        "data": page,
        "has_more": first + len(page) < len(known),
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
    }


def _model(item: Mapping[str, Any]) -> dict[str, Any]:
    created = datetime.fromtimestamp(item.get("created", _CREATED), UTC)
    return {
        "type": "model",
        "id": item["id"],
        "display_name": item.get("display_name") or item["id"].replace("-", " ").title(),
        "created_at": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lifecycle": "active",
        "max_input_tokens": item.get("input_limit", 200000),
        "max_tokens": item.get("output_limit", 64000),
        "capabilities": {
            **_supported(*_CAPABILITIES),
            "context_management": {**_supported(*_MANAGEMENT), "supported": True},
            "effort": {**_supported("high", "low", "max", "medium"), "supported": True},
            "server_tools": {**_supported("code_execution", "web_search"), "supported": True},
            "thinking": {
                "supported": True,
                "types": _supported("adaptive", "between_tools", "disabled", "enabled"),
            },
        },
    }


def _supported(*names: str) -> dict[str, Any]:
    return {name: {"supported": True} for name in names}


ANTHROPIC_COUNT_TOKENS = PlainDialect("anthropic_count_tokens", read, _write_count)
ANTHROPIC_MODELS = PlainDialect("anthropic_models", _read_models, _write_models)
