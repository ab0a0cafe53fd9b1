"""OpenAI chat completions, and with quirks those of everyone who copied them.

Sequences as recorded (470 streams of OpenAI): the role chunk with empty content, one chunk a token,
a chunk with the finish reason, the usage chunk if asked for, ``[DONE]``. A single call rides on the
role chunk; several come after it, each with a start and its argument pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mock_providers.answer.model import Answer, Ask, Text, Turn
from mock_providers.dialects.base import Context, Inbound, WireEvent
from mock_providers.dialects.openai_ask import read
from mock_providers.dialects.openai_chunks import chunks
from mock_providers.dialects.openai_logprobs import logprobs
from mock_providers.dialects.openai_message import finish_reason, message, values
from mock_providers.dialects.openai_quirks import ChatQuirks, chat_quirks
from mock_providers.dialects.wire import pretty, sse


class OpenAIChat:
    """``/chat/completions``."""

    name = "openai_chat"

    def ask(self, inbound: Inbound, operation: str) -> Ask:
        return read(inbound, operation)

    def body(self, turn: Turn, ask: Ask, context: Context) -> Any:
        quirks = chat_quirks(context)
        known = values(turn, ask, context, quirks)
        return {
            "id": known["id"],
            "object": "chat.completion",
            "created": known["created"],
            "model": known["model"],
            "choices": [
                {
                    "index": index,
                    "message": message(answer, ask, context.random, quirks),
                    **quirks.choice_fields,
                    **_scores(answer, ask, context, quirks),
                    "finish_reason": finish_reason(answer, ask, context, quirks),
                }
                for index, answer in enumerate(turn.answers)
            ],
            "usage": known["usage"],
            **quirks.templates["body_fields"](known),
        }

    def events(self, turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
        return chunks(turn, ask, context)

    def frame(self, event: WireEvent) -> bytes:
        return sse(event)

    def encode(self, body: Any) -> bytes:
        return pretty(body)

    def content_type(self, ask: Ask, context: Context) -> str:
        return chat_quirks(context).stream_content_type if ask.stream else "application/json"


def _scores(answer: Answer, ask: Ask, context: Context, quirks: ChatQuirks) -> dict[str, Any]:
    if ask.logprobs is None or "logprobs" not in quirks.choice_fields:
        return {}
    pieces = [p for part in answer.parts if isinstance(part, Text) for p in part.pieces]
    return {"logprobs": logprobs(pieces, ask.logprobs, context.random)}
