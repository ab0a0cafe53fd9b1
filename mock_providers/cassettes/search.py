"""Finds secrets in text, in every spelling.

Percent-encoding and JSON escapes of any depth are undone first, with a record of where each
character came from; then a secret is found as plain text, in hexadecimal, and inside base64 at
each of its three alignments, and what looks like a key is found by its shape. Text here is bytes
decoded as latin-1, so that one character is one byte and positions are offsets.
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from mock_providers.cassettes.secrets import PLACEHOLDER, SHAPES, SHORTEST

Span = tuple[int, int]

_ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})|%(?:25)*([0-9a-fA-F]{2})|\\+([nrtbf])|\\+")


class Search:
    """Searches for these secrets, and for whatever has the shape of one."""

    def __init__(self, secrets: Iterable[str]) -> None:
        found = {variant for secret in secrets for variant in _variants(secret)}
        self._variants = sorted(found, key=lambda variant: (-len(variant), variant))

    def find(self, text: str) -> list[Span]:
        """Where secrets stand, in order; of two that overlap the longer."""
        plain, places = _undone(text)
        spans = [span for variant in self._variants for span in _all(plain, variant)]
        spans += [found.span() for found in SHAPES.finditer(plain)]
        return _apart(places.span(start, end) for start, end in spans)

    def redact(self, text: str) -> str:
        """The text with a placeholder for each secret."""
        out, position = "", 0
        for start, end in self.find(text):
            out += text[position:start] + PLACEHOLDER
            position = end
        return out + text[position:]


def _variants(secret: str) -> Iterator[str]:
    raw = secret.encode()
    yield raw.decode("latin-1")
    yield raw.hex()
    yield raw.hex().upper()
    for lead in range(3):
        # Characters that also hold bits of the neighbours are left out.
        coded = base64.b64encode(b"\0" * lead + raw).decode().rstrip("=")
        start = (0, 2, 3)[lead]
        end = len(coded) if (lead + len(raw)) % 3 == 0 else len(coded) - 1
        if end - start >= SHORTEST:
            yield coded[start:end]
            yield coded[start:end].replace("+", "-").replace("/", "_")


def _all(text: str, part: str) -> Iterator[Span]:
    start = text.find(part)
    while start >= 0:
        yield start, start + len(part)
        start = text.find(part, start + 1)


def _apart(spans: Iterable[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s[0], -s[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
        elif span[1] - span[0] > kept[-1][1] - kept[-1][0]:
            kept[-1] = span
    return kept


class _Places:
    """Where the characters of an undone text stood. ``starts`` are positions in the undone text
    at which a stretch begins; the stretch at the same index of ``sources`` is what it was made
    of, ``True`` in ``escaped`` for an escape, which counts as a whole."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.sources: list[Span] = []
        self.escaped: list[bool] = []

    def add(self, start: int, source: Span, *, escaped: bool) -> None:
        self.starts.append(start)
        self.sources.append(source)
        self.escaped.append(escaped)

    def span(self, start: int, end: int) -> Span:
        """The place of a stretch of the undone text; escapes at its edges are in it whole, and so
        are backslashes right before it, which would escape what takes its place."""
        first = bisect_right(self.starts, start) - 1
        source = self.sources[first]
        begin = source[0] if self.escaped[first] else source[0] + start - self.starts[first]
        if start == self.starts[first] and first and self._dropped(first - 1):
            begin = self.sources[first - 1][0]
        last = bisect_right(self.starts, end - 1) - 1
        source = self.sources[last]
        finish = source[1] if self.escaped[last] else source[0] + end - self.starts[last]
        return begin, finish

    def _dropped(self, index: int) -> bool:
        return self.escaped[index] and self.starts[index] == self.starts[index + 1]


def _undone(text: str) -> tuple[str, _Places]:
    places = _Places()
    out: list[str] = []
    position = size = 0
    for found in _ESCAPE.finditer(text):
        before = text[position : found.start()]
        if before:
            places.add(size, (position, found.start()), escaped=False)
        out.append(before)
        size += len(before)
        meant = _meant(found)
        places.add(size, found.span(), escaped=True)
        out.append(meant)
        size += len(meant)
        position = found.end()
    places.add(size, (position, len(text)), escaped=False)
    out.append(text[position:])
    return "".join(out), places


def _meant(found: re.Match[str]) -> str:
    """What an escape stands for; backslashes before anything else stand for nothing."""
    unit, byte, space = found.groups()
    if unit:
        return chr(int(unit, 16)).encode("utf-8", "surrogatepass").decode("latin-1")
    if byte:
        return chr(int(byte, 16))
    return " " if space else ""
