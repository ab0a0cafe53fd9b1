"""A scenario's ``turn`` as the mocks' own neutral `Turn`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mock_providers.answer.model import (
    Answer,
    Call,
    Part,
    Reasoning,
    Refusal,
    Text,
    Turn,
    TurnUsage,
)

USAGE = {"input": 11, "output": 7}
"""Tokens of a turn that names none: no round figures, so that a guess does not fit."""


def turn_of(raw: Mapping[str, Any]) -> Turn:
    """The turn a scenario describes; ``answers`` for several candidates, else one."""
    usage = raw.get("usage", USAGE)
    return Turn(tuple(_answer(answer) for answer in raw.get("answers", [raw])), TurnUsage(**usage))


def _answer(raw: Mapping[str, Any]) -> Answer:
    tools = bool(raw.get("tools"))
    finish = raw.get("finish", "tool_calls" if tools else "stop")
    return Answer(tuple(_parts(raw)), finish, raw.get("matched_stop"))


def _parts(raw: Mapping[str, Any]) -> Iterator[Part]:
    if "thinking" in raw:
        yield Reasoning(_pieces(raw["thinking"]), raw.get("signature"))
    if "text" in raw:
        yield Text(_pieces(raw["text"]))
    if "refusal" in raw:
        yield Refusal(_pieces(raw["refusal"]))
    for tool in raw.get("tools", ()):
        yield Call(tool["name"], _arguments(tool), tool.get("id"))


def _arguments(tool: Mapping[str, Any]) -> tuple[str, ...]:
    if "pieces" in tool:
        return tuple(tool["pieces"])
    arguments = tool.get("arguments", {})
    whole = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    middle = len(whole) // 2
    return tuple(piece for piece in (whole[:middle], whole[middle:]) if piece)


def _pieces(text: str | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)
