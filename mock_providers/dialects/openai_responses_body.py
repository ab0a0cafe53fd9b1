"""The response object: what was asked, echoed, with what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_providers.answer.model import Ask, Turn
from mock_providers.dialects.base import Context
from mock_providers.dialects.reading import mapping, objects
from mock_providers.profiles.ids import compile_id

_id = compile_id("resp_0{hex:49}")
_DEFAULTS: tuple[tuple[str, Any], ...] = (
    ("frequency_penalty", 0.0),
    ("instructions", None),
    ("max_output_tokens", None),
    ("max_tool_calls", None),
    ("parallel_tool_calls", True),
    ("presence_penalty", 0.0),
    ("previous_response_id", None),
    ("prompt_cache_key", None),
    ("prompt_cache_retention", "in_memory"),
    ("safety_identifier", None),
    ("store", True),
    ("temperature", 1.0),
    ("tool_choice", "auto"),
    ("top_logprobs", 0),
    ("top_p", 1.0),
    ("truncation", "disabled"),
    ("user", None),
    ("metadata", {}),
)
"""Fields echoed from the request, and what stands there where it has none."""


def response(
    turn: Turn, ask: Ask, context: Context, status: str, output: list[dict[str, Any]]
) -> dict[str, Any]:
    """The response in one of its states; usage and time of completion once it has ended."""
    raw = ask.raw
    ended = status != "in_progress"
    versions = context.quirks.get("model_versions", {})
    cut = "content_filter" if turn.answers[0].finish == "content_filter" else "max_output_tokens"
    return {
        "id": _id(context.random),
        "object": "response",
        "created_at": int(context.now),
        "status": status,
        "background": raw.get("background") is True,
        "completed_at": int(context.now) if status == "completed" else None,
        "error": None,
        "incomplete_details": {"reason": cut} if status == "incomplete" else None,
        "model": versions.get(ask.model, ask.model),
        "moderation": None,
        "output": output,
        **{key: _echoed(raw.get(key), default) for key, default in _DEFAULTS},
        "reasoning": _reasoning(raw),
        "service_tier": "default" if ended else "auto",
        "text": _text(raw),
        "tools": [_tool(tool) for tool in objects(raw.get("tools"))],
        "usage": _usage(turn) if ended else None,
    }


def _echoed(value: Any, default: Any) -> Any:
    return default if value is None else value


def _reasoning(raw: Mapping[str, Any]) -> dict[str, Any]:
    asked = mapping(raw.get("reasoning"))
    return {
        "context": "current_turn" if asked else None,
        "effort": asked.get("effort"),
        "summary": asked.get("summary"),
    }


def _text(raw: Mapping[str, Any]) -> dict[str, Any]:
    asked = mapping(raw.get("text"))
    wanted = mapping(asked.get("format")) or {"type": "text"}
    if wanted.get("type") == "json_schema":
        wanted = {"description": None, "strict": True, **wanted}
    return {"format": wanted, "verbosity": asked.get("verbosity") or "medium"}


def _tool(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    if tool.get("type") != "function":
        return tool
    return {"description": None, "parameters": None, "strict": True, **tool}


def _usage(turn: Turn) -> dict[str, Any]:
    counted = turn.usage
    return {
        "input_tokens": counted.input,
        "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": counted.cached},
        "output_tokens": counted.output,
        "output_tokens_details": {"reasoning_tokens": counted.reasoning},
        "total_tokens": counted.input + counted.output,
    }
