"""A provider-neutral answer to a provider-neutral question."""

from mock_providers.answer.generator import generate
from mock_providers.answer.model import (
    Answer,
    Ask,
    AskedMessage,
    AskedTool,
    Call,
    Finish,
    Part,
    Reasoning,
    Refusal,
    Text,
    Turn,
    TurnUsage,
)
from mock_providers.answer.schema import value as schema_value
from mock_providers.answer.tokens import count as count_tokens
from mock_providers.answer.tokens import count_input, split

__all__ = [
    "Answer",
    "Ask",
    "AskedMessage",
    "AskedTool",
    "Call",
    "Finish",
    "Part",
    "Reasoning",
    "Refusal",
    "Text",
    "Turn",
    "TurnUsage",
    "count_input",
    "count_tokens",
    "generate",
    "schema_value",
    "split",
]
