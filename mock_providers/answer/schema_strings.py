"""Strings for a JSON Schema: formats, patterns, lengths, and names that hint at a value."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import rstr

from mock_providers.answer.words import phrase

LONGEST = 20_000
"""Characters made at most, whatever the schema wants."""
_COUNTS = re.compile(r"\{(?:\d*,)?(\d+),?\}")
_FORMATS: dict[str, Callable[[Random], str]] = {
    "date": lambda r: f"2026-{r.randint(1, 12):02}-{r.randint(1, 28):02}",
    "time": lambda r: f"{r.randint(0, 23):02}:{r.randint(0, 59):02}:00Z",
    "date-time": lambda r: f"2026-{r.randint(1, 12):02}-{r.randint(1, 28):02}T09:30:00Z",
    "duration": lambda r: f"PT{r.randint(1, 59)}M",
    "email": lambda r: f"{phrase(r, 1)}@example.com",
    "idn-email": lambda r: f"{phrase(r, 1)}@example.com",
    "hostname": lambda r: f"{phrase(r, 1)}.example.com",
    "idn-hostname": lambda r: f"{phrase(r, 1)}.example.com",
    "ipv4": lambda r: f"192.0.2.{r.randint(1, 254)}",
    "ipv6": lambda r: f"2001:db8::{r.randint(1, 9999)}",
    "uri": lambda r: f"https://example.com/{phrase(r, 1)}",
    "uri-reference": lambda r: f"/{phrase(r, 1)}",
    "iri": lambda r: f"https://example.com/{phrase(r, 1)}",
    "iri-reference": lambda r: f"/{phrase(r, 1)}",
    "uri-template": lambda r: f"https://example.com/{{{phrase(r, 1)}}}",
    "uuid": lambda r: str(uuid.UUID(int=r.getrandbits(128), version=4)),
    "json-pointer": lambda r: f"/{phrase(r, 1)}",
    "relative-json-pointer": lambda r: f"1/{phrase(r, 1)}",
    "regex": lambda _: "^[a-z]+$",
    "byte": lambda _: "aGVsbG8=",
    "binary": lambda _: "aGVsbG8=",
}

_HINTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("city", ("Paris", "Lisbon", "Osaka", "Toronto")),
    ("location", ("Paris", "Lisbon", "Osaka", "Toronto")),
    ("country", ("France", "Portugal", "Japan", "Canada")),
    ("currency", ("EUR", "USD", "JPY")),
    ("language", ("English", "French", "Japanese")),
    ("name", ("Ada", "Grace", "Linus", "Marie")),
    ("email", ("ada@example.com", "grace@example.com")),
    ("url", ("https://example.com/page",)),
    ("date", ("2026-03-14", "2026-09-01")),
    ("unit", ("celsius", "metric")),
    ("color", ("blue", "green", "red")),
)


def text_value(schema: Mapping[str, Any], random: Random, name: str) -> str:
    """A string for the schema; ``name`` of the property hints at its meaning."""
    low = min(LONGEST, int(schema.get("minLength") or 0))
    high = schema.get("maxLength")
    if isinstance(pattern := schema.get("pattern"), str):
        return _matching(pattern, random, low, high)
    make = _FORMATS.get(str(schema.get("format", "")))
    text = make(random) if make else _meant(name, random)
    if len(text) < low:
        filler = "a" if make else " " + phrase(random, 8)
        text += (filler * (low // len(filler) + 1))[: low - len(text)]
    return text if high is None else text[: int(high)]


def _meant(name: str, random: Random) -> str:
    lower = name.lower()
    for hint, texts in _HINTS:
        if hint in lower:
            return random.choice(texts)
    return phrase(random)


def _matching(pattern: str, random: Random, low: int, high: int | None) -> str:
    """A string that matches the pattern and, where luck allows, the length."""
    if any(int(count) > LONGEST for count in _COUNTS.findall(pattern)):
        return phrase(random)
    maker = rstr.Rstr(random)
    text = ""
    for _ in range(30):
        try:
            text = maker.xeger(pattern)
        except Exception:  # a pattern of another regex dialect
            return phrase(random)
        if low <= len(text) and (high is None or len(text) <= high):
            break
    return text
