"""Answers that ai-protocol-mock's headers wish for: ``X-Mock-Content``, ``X-Mock-Tool-Calls`` …"""

from __future__ import annotations

from typing import Any

from mock_providers.answer import Ask, Turn
from mock_providers.faults import Wishes
from mock_providers.fixtures import turn_of

_CONTENT = "Mock response from ai-protocol-mock"
_REASONING = "mock reasoning trace"
_SINGLE = [{"name": "get_weather", "arguments": {"city": "Tokyo"}}]
_PARALLEL = [*_SINGLE, {"name": "get_time", "arguments": {"tz": "UTC"}}]


def wished(wishes: Wishes, ask: Ask) -> Turn | None:
    """The turn wished for; `None` where the headers wish nothing of the answer's content."""
    if not (wishes.content is not None or wishes.tool_calls or wishes.reasoning):
        return None
    said: dict[str, Any] = {"reasoning": _REASONING} if wishes.reasoning else {}
    if calls := _calls(wishes, ask):
        said["tool_calls"] = calls
    else:
        said["text"] = _CONTENT if wishes.content is None else wishes.content
    return turn_of(said, ask)


def _calls(wishes: Wishes, ask: Ask) -> list[dict[str, Any]]:
    match wishes.tool_calls:
        case None:
            return []
        case "parallel":
            return _PARALLEL
        case "recursive":
            answered = sum(bool(message.tool_results) for message in ask.messages)
            step = answered + 1
            if step >= wishes.tool_depth:
                return []
            return [{"name": f"step_{step}_tool", "arguments": {"step": step}}]
        case _:
            return _SINGLE
