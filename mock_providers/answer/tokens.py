"""Token counts, offline.

The rule, the same for every provider: a token is a word of up to ten letters with the space before
it, a group of up to three digits, a run of up to three punctuation marks, a run of white space, or
two letters of another script. English prose comes out within some 15 % of the vendors' tokenisers;
no vocabulary is fetched. Each message costs `PER_MESSAGE` more, each answer is primed with
`PRIMING` (the rule of OpenAI's cookbook), media have the fixed prices below. Texts beyond
`EXACT_LIMIT` characters count one token for four characters.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

from mock_providers.answer.model import Ask, AskedMessage

PER_MESSAGE = 3
PRIMING = 3
IMAGE = 258
"""Google's documented price of an image up to 384 pixels wide."""
AUDIO = 320
"""Ten seconds at Google's documented 32 tokens a second."""
DOCUMENT = 516
"""Two pages at Google's documented 258 tokens a page."""
CACHE_MINIMUM, CACHE_BLOCK = 1_024, 128
EXACT_LIMIT = 200_000

_SHORT = 1_000
"""Texts below this many characters are remembered: prompts come again and again."""

_TOKEN = re.compile(
    r" ?[A-Za-z\u00c0-\u024f]{1,10}| ?\d{1,3}| ?[^\w\s]{1,3}|\s+|\w{1,2}|.", re.DOTALL
)


def split(text: str) -> tuple[str, ...]:
    """The tokens of a text; joined they are the text again."""
    return tuple(_TOKEN.findall(text))


def count(text: str) -> int:
    """How many tokens a text has; 0 for an empty one."""
    if len(text) > EXACT_LIMIT:
        return len(text) // 4
    return _known(text) if len(text) < _SHORT else len(_TOKEN.findall(text))


@lru_cache(maxsize=2048)
def _known(text: str) -> int:
    return len(_TOKEN.findall(text))


def count_input(ask: Ask) -> int:
    """How many tokens a request costs: messages, media, offered tools, schema; never 0."""
    if not ask.messages:
        return max(1, sum(count(text) for text in ask.inputs))
    total = PRIMING
    total += sum(_message(message) for message in ask.messages)
    for tool in ask.tools:
        total += PER_MESSAGE + count(tool.name) + count(tool.description)
        total += count(json.dumps(tool.parameters))
    if ask.schema is not None:
        total += count(json.dumps(ask.schema))
    return total


def _message(message: AskedMessage) -> int:
    media = IMAGE * message.images + AUDIO * message.audio + DOCUMENT * message.documents
    linked = len(message.tool_calls) + len(message.tool_results)
    return PER_MESSAGE * (1 + linked) + count(message.text) + media


def count_cached(ask: Ask) -> int:
    """How many input tokens a cache already holds.

    Those of the messages before the assistant's last one, since they were sent with an earlier
    turn: whole blocks of 128, from 1,024 tokens on (OpenAI's and Anthropic's documented minimum).
    """
    if not ask.caching:
        return 0
    turns = [index for index, message in enumerate(ask.messages) if message.role == "assistant"]
    held = sum(_message(message) for message in ask.messages[: turns[-1]]) if turns else 0
    return held - held % CACHE_BLOCK if held >= CACHE_MINIMUM else 0
