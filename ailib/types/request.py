"""A chat request before it has any provider's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ailib.types.messages import Message
from ailib.types.tools import ToolDefinition


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What a caller asks for, provider-neutral.

    ``params`` are standard names (temperature, max_tokens, top_p, top_k, stop, seed, n,
    frequency_penalty, presence_penalty, logprobs, top_logprobs, reasoning_effort,
    parallel_tool_calls, user …); the manifest maps them. ``tool_choice`` is ``"auto"``,
    ``"none"``, ``"required"`` or ``{"name": …}``. ``response_format`` is ``None``,
    ``{"type": "json_object"}`` or ``{"type": "json_schema", "json_schema": {name, schema,
    strict}}``. ``extra_body`` is merged into the body last, ``extra_headers`` into the headers.
    ``api`` selects another API family of the provider (``"responses"``).
    """

    model: str
    messages: tuple[Message, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    tools: tuple[ToolDefinition, ...] = ()
    tool_choice: str | Mapping[str, Any] | None = None
    response_format: Mapping[str, Any] | None = None
    stream: bool = False
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    extra_headers: Mapping[str, str] = field(default_factory=dict)
    api: str | None = None
