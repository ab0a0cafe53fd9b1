"""Tools offered to a model, and the calls it makes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ailib.errors import ValidationError


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A function the model may call; ``parameters`` is a JSON Schema object."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(
        default_factory=lambda: {"type": "object", "properties": {}}
    )
    strict: bool | None = None

    @staticmethod
    def coerce(value: ToolDefinition | Mapping[str, Any]) -> ToolDefinition:
        """A definition from itself, ``{name, description, parameters}``, or OpenAI's nested form.

        Raises `ValidationError` where no name can be found.
        """
        if isinstance(value, ToolDefinition):
            return value
        inner = value.get("function", value)
        if not isinstance(inner, Mapping) or not isinstance(inner.get("name"), str):
            raise ValidationError(
                f"a tool needs a name: {value!r}",
                hint="use ToolDefinition(name=…) or {'name': …, 'parameters': {…}}",
            )
        parameters = inner.get("parameters") or inner.get("input_schema")
        schema = parameters if parameters is not None else {"type": "object", "properties": {}}
        return ToolDefinition(
            inner["name"],
            str(inner.get("description") or ""),
            schema,
            inner.get("strict"),
        )


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the model made.

    ``arguments_raw`` is the text as received; ``arguments`` its parsed object, ``{}`` where it
    is empty. ``is_complete`` is false where the text is no JSON object (cut off by a length
    limit, or invalid): such a call must not be run, and its ``arguments`` are empty.
    """

    id: str
    name: str
    arguments_raw: str = ""
    index: int = 0
    is_complete: bool = True
    signature: str | None = None
    arguments: dict[str, Any] = field(init=False, compare=False)

    type = "function"

    def __post_init__(self) -> None:
        parsed: Any = {}
        complete = self.is_complete
        if self.arguments_raw.strip():
            try:
                # Models write line breaks and tabs into strings as they are.
                parsed = json.loads(self.arguments_raw, strict=False)
            except (ValueError, RecursionError):
                parsed, complete = {}, False
        if parsed is None:
            parsed = {}
        if not isinstance(parsed, dict):
            parsed, complete = {}, False
        object.__setattr__(self, "arguments", parsed)
        object.__setattr__(self, "is_complete", complete)

    @property
    def function_name(self) -> str:
        """Same as ``name``."""
        return self.name
