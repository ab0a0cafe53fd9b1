"""Halves of surrogate pairs: JSON lets a provider cut one character over two deltas.

``"\\ud83d"`` and ``"\\ude00"`` are one emoji in two escapes. A Python string would keep the halves
and fail when it is encoded, long after; so a trailing first half waits for the next delta, and a
half that stays alone becomes U+FFFD.
"""

from __future__ import annotations

import re

_HALF = re.compile("[\ud800-\udfff]")


class PairJoiner:
    """Joins halves over the pieces of one text."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held = ""

    def join(self, text: str) -> str:
        """``text`` with whole characters only; a trailing first half is held back."""
        if text.isascii() and not self.held:
            return text
        text, self.held = self.held + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self.held = text[:-1], text[-1]
        return mended(text)

    def flush(self) -> str:
        """What is held at the end of the text."""
        held, self.held = self.held, ""
        return mended(held)


def mended(text: str) -> str:
    """``text`` with pairs joined and single halves replaced by U+FFFD."""
    if _HALF.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
