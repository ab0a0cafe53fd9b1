"""The answer to a question nobody scripted.

The same dice and the same question give the same answer. What a caller can rely on:

* **Text**: two to four sentences in tokens. ``stop`` cuts before the first stop sequence found,
  ``max_tokens`` after that many tokens (thinking included); then the finish is ``length``.
* **Tools** (``tool_choice``): ``none`` never calls. A name calls that tool. ``required`` calls.
  ``auto`` calls when no tool result is waiting to be read and the last user text asks for it: it
  names the tool (``get_weather``, or a word of its name with four letters or more: "weather"), or
  says "tool" or "function". Every tool asked for is called once; only the first where parallel
  calls are off.
* **After a tool result** with ``auto``: text that uses the result.
* **Structured output**: ``schema`` gives JSON valid for it, ``json_mode`` any object.
* **Usage** is never zero; the counting rules, also of what a cache holds, are in `tokens`.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Sequence
from itertools import takewhile
from random import Random

import orjson

from mock_providers.answer import schema as schemas
from mock_providers.answer import tokens
from mock_providers.answer.model import (
    Answer,
    Ask,
    AskedTool,
    Call,
    Finish,
    Part,
    Reasoning,
    Text,
    Turn,
    TurnUsage,
)
from mock_providers.answer.words import phrase, prose, thoughts

GENERATIVE = frozenset({"chat", "responses", "completions"})
"""The operations whose answer is written by a model."""
CALL_OVERHEAD = 6
"""Output tokens a call costs beside its arguments: the name and the frame around it."""

_WORD = re.compile(r"[a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GENERIC = {"tool", "tools", "function", "functions"}
_COMMON = _GENERIC | {"call", "fetch", "from", "with", "this", "that"}


def generate(ask: Ask, random: Random) -> Turn:
    """A whole answer for the question; embeddings and the like get usage and no candidates."""
    spent = tokens.count_input(ask)
    if ask.operation not in GENERATIVE:
        return Turn(answers=(), usage=TurnUsage(input=spent, output=0))
    dice = random if ask.seed is None else Random(_stable(ask))
    made = [_candidate(ask, dice) for _ in range(max(1, ask.n))]
    output = sum(cost for _, cost, _ in made)
    thought = sum(cost for _, _, cost in made)
    cached = tokens.count_cached(ask)
    marked = ask.caching == "marked" and spent >= tokens.CACHE_MINIMUM
    written = spent - cached if marked else 0
    usage = TurnUsage(spent, max(1, output), cached, written, thought)
    return Turn(answers=tuple(answer for answer, _, _ in made), usage=usage)


def _stable(ask: Ask) -> int:
    """A caller's seed together with what it asked."""
    text = "\x00".join((ask.model, *(m.text for m in ask.messages)))
    return zlib.crc32(text.encode("utf-8", "surrogatepass"), (ask.seed or 0) & 0xFFFFFFFF)


def _candidate(ask: Ask, random: Random) -> tuple[Answer, int, int]:
    """One candidate, its output tokens, and how many of them were spent thinking."""
    budget = ask.max_tokens
    parts: list[Part] = []
    thought = 0
    if ask.reasoning:
        pieces = thoughts(random)
        kept = pieces if budget is None else pieces[:budget]
        thought = len(kept)
        signature = base64.b64encode(random.randbytes(130)).decode()
        parts.append(Reasoning(kept, signature=signature))
        if budget is not None and len(pieces) >= budget:
            return Answer(tuple(parts), "length"), thought, thought
        budget = None if budget is None else budget - thought
    if called := _called(ask):
        answer, cost = _calls(called, random, budget)
    else:
        answer, cost = _text(ask, random, budget)
    whole = Answer((*parts, *answer.parts), answer.finish, answer.matched_stop)
    return whole, thought + cost, thought


def _called(ask: Ask) -> Sequence[AskedTool]:
    """The tools this answer calls."""
    if not ask.tools or ask.tool_choice == "none":
        return ()
    named = [t for t in ask.tools if t.name == ask.tool_choice]
    if named and ask.tool_choice not in ("auto", "required"):
        return named[:1]
    wanted = _asked_for(ask.tools, ask.last_user_text)
    if ask.tool_choice == "required":
        wanted = wanted or [ask.tools[0]]
    elif _results(ask):
        return ()
    return wanted if ask.parallel_tools else wanted[:1]


def _asked_for(offered: Sequence[AskedTool], text: str) -> list[AskedTool]:
    lower = text.lower()
    words = set(_WORD.findall(lower))
    wanted = [t for t in offered if t.name.lower() in lower or words & _name_words(t.name)]
    if not wanted and words & _GENERIC:
        return [offered[0]]
    return wanted


def _name_words(name: str) -> set[str]:
    found = _WORD.findall(_CAMEL.sub(" ", name).lower())
    return {w for w in found if len(w) >= 4 and w not in _COMMON}


def _calls(called: Sequence[AskedTool], random: Random, budget: int | None) -> tuple[Answer, int]:
    parts: list[Part] = []
    cost = 0
    for tool in called:
        arguments = schemas.value(tool.parameters, random) if tool.parameters else {}
        pieces = tokens.split(orjson.dumps(arguments).decode())
        left = None if budget is None else budget - cost - CALL_OVERHEAD
        if left is not None and len(pieces) > left:
            parts.append(Call(tool.name, pieces[: max(0, left)]))
            return Answer(tuple(parts), "length"), budget or 1
        parts.append(Call(tool.name, pieces))
        cost += len(pieces) + CALL_OVERHEAD
    return Answer(tuple(parts), "tool_calls"), cost


def _text(ask: Ask, random: Random, budget: int | None) -> tuple[Answer, int]:
    pieces = _pieces(ask, random)
    finish: Finish = "stop"
    matched = None
    if ask.stop:
        pieces, matched = _cut(pieces, ask.stop)
        finish = "stop_sequence" if matched is not None else finish
    if budget is not None and len(pieces) > budget:
        pieces, finish, matched = pieces[:budget], "length", None
    return Answer((Text(pieces),), finish, matched), max(1, len(pieces))


def _pieces(ask: Ask, random: Random) -> tuple[str, ...]:
    if ask.schema is not None:
        return tokens.split(orjson.dumps(schemas.value(ask.schema, random)).decode())
    if ask.json_mode:
        return tokens.split(orjson.dumps({"answer": phrase(random, 3), "confident": True}).decode())
    if results := _results(ask):
        told = "; ".join(" ".join(text.split())[:200] for text in results)
        return tokens.split(f"According to the result, {told}. ") + prose(random)
    return prose(random)


def _results(ask: Ask) -> list[str]:
    """The tool results nobody has read yet: those the conversation ends with."""
    fresh = list(takewhile(lambda m: m.tool_results, reversed(ask.messages)))
    return [message.text for message in reversed(fresh)]


def _cut(pieces: tuple[str, ...], stops: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    """The pieces before the first stop sequence, and which it was."""
    whole = "".join(pieces)
    found = [(at, stop) for stop in stops if stop and (at := whole.find(stop)) >= 0]
    if not found:
        return pieces, None
    at, stop = min(found)
    kept: list[str] = []
    for piece in pieces:
        if len(piece) >= at:
            kept.append(piece[:at])
            break
        kept.append(piece)
        at -= len(piece)
    return tuple(p for p in kept if p), stop
