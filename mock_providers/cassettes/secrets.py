"""What a secret looks like: by its place, by its shape, and in every spelling.

A known secret is found in any mixture of plain text, percent-encoding and JSON escapes (of any
depth), in hexadecimal, and inside base64 at each of its three alignments. Text here is bytes
decoded as latin-1, so that one character is one byte and positions are offsets.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mock_providers.cassettes.model import Request

PLACEHOLDER = "REDACTED"
"""Stands for a secret. Eight letters: the same in a URL, in JSON, and valid base64."""

_SHORTEST = 6
_LONG = 12

_SECRET_NAME = re.compile(
    r"(?:^|[_-])(?:api[_-]?keys?|secret(?:[_-]?key)?|password|passwd|passphrase|credentials?|"
    r"(?:access|auth|refresh|id|session|security|bearer)[_-]?token|private[_-]?key|"
    r"access[_-]?key(?:[_-]?id)?|authorization|signature|cookie|x-goog-api-key)$",
    re.IGNORECASE,
)
_SECRET_IF_LONG = frozenset({"key", "token", "auth", "sig"})
_SECRET_HEADER = re.compile(
    r"auth|key|token|secret|cookie|signature|credential|password", re.IGNORECASE
)
_HARMLESS_HEADER = re.compile(r"idempotency|tokens|ratelimit|^content-|^accept", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\s,;\"]+")

SHAPES = re.compile(
    r"""
    \bsk-(?:[A-Za-z]+-)*[A-Za-z0-9_-]{16,}        # OpenAI, Anthropic, DeepSeek, OpenRouter ...
  | \bAIza[0-9A-Za-z_-]{30,}                      # Google
  | \bya29\.[0-9A-Za-z_-]{20,}
  | \b(?:gsk|xai|hf|r8|pplx|csk|fw|nvapi|tgp_v1|ghp|gho|ghs|glpat)[_-][A-Za-z0-9_-]{20,}
  | \bgithub_pat_[A-Za-z0-9_]{20,}
  | \b(?:AKIA|ASIA)[0-9A-Z]{16}\b                 # AWS
  | \bABSK[A-Za-z0-9+/=]{40,}                     # Bedrock API keys
  | \beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}   # JSON web tokens
  | \b(?i:bearer)\s+[A-Za-z0-9._~+/-]{16,}=*
  | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----
  | \borg-[A-Za-z0-9]{20,} | \bproj_[A-Za-z0-9]{20,}
    """,
    re.VERBOSE,
)
"""Keys, tokens and account ids known by their form alone."""


def secret_name(name: str) -> bool:
    """Whether a query parameter or JSON member of that name holds a secret."""
    return bool(_SECRET_NAME.search(_CAMEL.sub("_", name)))


def named_secrets(request: Request, extra: Iterable[str] = ()) -> set[str]:
    """The secrets of a request by their places: headers, query, user info, JSON body."""
    found = {text for text in extra if len(text) >= _SHORTEST}
    for name, value in request.headers:
        if _SECRET_HEADER.search(name) and not _HARMLESS_HEADER.search(name):
            found.update(_long_parts(value))
    url = urlsplit(request.uri)
    found.update(part for part in (url.username, url.password) if part and len(part) >= _SHORTEST)
    for name, value in parse_qsl(url.query):
        if len(value) >= _SHORTEST and (secret_name(name) or name.lower() in _SECRET_IF_LONG):
            found.update((value, *_long_parts(value)))
    try:
        body = json.loads(request.body) if request.body else None
    except ValueError:
        return found
    return found | set(_in_json(body))


def _long_parts(value: str) -> Iterator[str]:
    """What of a header's value may be a secret: ``Bearer x``, ``a=1; b=2`` and SigV4's
    ``Credential=id/day/…, Signature=…`` hold several."""
    for word in _WORD.findall(value):
        parts = {word, word.partition("=")[2], word.partition(":")[2]}
        if word.count("/") >= 3:
            parts.add(word.partition("=")[2].partition("/")[0])
        yield from (part for part in parts if len(part) >= _LONG)
    if len(value) >= _SHORTEST and not re.search(r"[\s,;=]", value):
        yield value


def _in_json(value: Any, name: str = "") -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _in_json(inner, str(key))
        case list():
            for inner in value:
                yield from _in_json(inner, name)
        case str() if len(value) >= _SHORTEST and secret_name(name):
            yield value
        case str() if len(value) >= _LONG and name.lower() in _SECRET_IF_LONG and " " not in value:
            yield value


def spellings(secrets: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for all secrets in all their spellings; `None` for no secrets."""
    variants = {v for secret in secrets for v in _variants(secret)}
    if not variants:
        return None
    longest_first = sorted(variants, key=lambda variant: (-len(variant), variant))
    return re.compile("|".join(map(_loosely, longest_first)))


def _variants(secret: str) -> Iterator[str]:
    raw = secret.encode()
    yield secret
    yield raw.hex()
    yield raw.hex().upper()
    for lead in range(3):
        # Characters that also hold bits of the neighbours are left out.
        coded = base64.b64encode(b"\0" * lead + raw).decode().rstrip("=")
        start = (0, 2, 3)[lead]
        end = len(coded) if (lead + len(raw)) % 3 == 0 else len(coded) - 1
        if end - start >= _SHORTEST:
            yield coded[start:end]
            yield coded[start:end].replace("+", "-").replace("/", "_")


def _loosely(text: str) -> str:
    return "".join(map(_any_spelling, text))


def _any_spelling(character: str) -> str:
    """One character plain, after backslashes, percent-encoded or as a JSON escape."""
    raw = character.encode()
    plain = re.escape(raw.decode("latin-1"))
    percent = "".join(f"%(?:25)*{_hex(byte)}" for byte in raw)
    units = character.encode("utf-16-be")
    escaped = "".join(
        rf"\\+u{_hex(high)}{_hex(low)}" for high, low in zip(units[::2], units[1::2], strict=True)
    )
    return rf"(?:\\*{plain}|{percent}|{escaped})"


def _hex(byte: int) -> str:
    return "".join(
        f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in f"{byte:02x}"
    )
