"""Reasoning in the text: ``<think>…</think>`` at the start of an answer, tags cut anywhere.

Only a tag that opens the answer counts, so that text about tags stays text. What may be part of a
tag is held back until it is one or not; nothing is ever lost.
"""

from __future__ import annotations

from enum import Enum, auto

Pieces = list[tuple[bool, str]]


class _Place(Enum):
    START = auto()
    INSIDE = auto()
    BEHIND = auto()
    TEXT = auto()


class ThinkSplitter:
    """Splits the text of one candidate by the tags ``opening`` and ``closing``."""

    def __init__(self, opening: str, closing: str) -> None:
        self._opening, self._closing = opening, closing
        self._place = _Place.START
        self._held = ""

    def split(self, text: str) -> Pieces:
        """``(is reasoning, piece)`` for what ``text`` settles; pieces are never empty."""
        if self._place is _Place.TEXT:
            return [(False, text)] if text else []
        self._held += text
        out: Pieces = []
        if self._place is _Place.START:
            self._at_start()
        if self._place is _Place.INSIDE:
            self._inside(out)
        if self._place is _Place.BEHIND:
            # The blank lines between reasoning and answer belong to neither.
            self._held = self._held.lstrip()
            self._place = _Place.TEXT if self._held else _Place.BEHIND
        if self._place is _Place.TEXT:
            out += self._all(thinking=False)
        return out

    def flush(self) -> Pieces:
        """What is held back at the end of the answer."""
        return self._all(thinking=self._place is _Place.INSIDE)

    def _at_start(self) -> None:
        text = self._held.lstrip()
        if text.startswith(self._opening):
            self._held = text[len(self._opening) :]
            self._place = _Place.INSIDE
        elif not self._opening.startswith(text):
            self._place = _Place.TEXT

    def _inside(self, out: Pieces) -> None:
        before, tag, behind = self._held.partition(self._closing)
        if tag:
            self._held, self._place = behind, _Place.BEHIND
        else:
            keep = _tail_of(before, self._closing)
            before, self._held = before[: len(before) - keep], before[len(before) - keep :]
        if before:
            out.append((True, before))

    def _all(self, *, thinking: bool) -> Pieces:
        held, self._held = self._held, ""
        return [(thinking, held)] if held else []


def _tail_of(text: str, tag: str) -> int:
    """How many characters at the end of ``text`` may begin ``tag``."""
    most = min(len(text), len(tag) - 1)
    return next((n for n in range(most, 0, -1) if tag.startswith(text[-n:])), 0)
