"""What a secret looks like: by its place in a request, and by its shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mock_providers.cassettes.model import Request

PLACEHOLDER = "REDACTED"
"""Stands for a secret. Eight letters: the same in a URL, in JSON, and valid base64."""

SHORTEST = 6
"""Characters a secret has at least; shorter ones would be found in innocent text."""
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
    \b(?:
        sk-[A-Za-z0-9_-]{16,}                       # OpenAI, Anthropic, DeepSeek, OpenRouter ...
      | AIza[0-9A-Za-z_-]{30,}                      # Google
      | ya29\.[0-9A-Za-z_-]{20,}
      | (?:gsk|xai|hf|r8|pplx|csk|fw|nvapi|tgp_v1|ghp|gho|ghs|glpat)[_-][A-Za-z0-9_-]{20,}
      | github_pat_[A-Za-z0-9_]{20,}
      | (?:AKIA|ASIA)[0-9A-Z]{16}\b                 # AWS
      | ABSK[A-Za-z0-9+/=]{40,}                     # Bedrock API keys
      | eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}     # JSON web tokens
      | (?i:bearer)\s+[A-Za-z0-9._~+/-]{16,}=*
      | org-[A-Za-z0-9]{20,} | proj_[A-Za-z0-9]{20,}
    )
  | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----(?:[A-Za-z0-9+/=\s]*-----END\ [A-Z ]*PRIVATE\ KEY-----)?
    """,
    re.VERBOSE,
)
"""Keys, tokens and account ids known by their form alone."""


def secret_name(name: str) -> bool:
    """Whether a query parameter or JSON member of that name holds a secret."""
    return bool(_SECRET_NAME.search(_CAMEL.sub("_", name)))


def named_secrets(request: Request, extra: Iterable[str] = ()) -> set[str]:
    """The secrets of a request by their places: headers, query, user info, JSON body."""
    found = {text for text in extra if len(text) >= SHORTEST}
    for name, value in request.headers:
        if _SECRET_HEADER.search(name) and not _HARMLESS_HEADER.search(name):
            found.update(_long_parts(value))
    url = urlsplit(request.uri)
    found.update(part for part in (url.username, url.password) if part and len(part) >= SHORTEST)
    for name, value in parse_qsl(url.query):
        if len(value) >= SHORTEST and (secret_name(name) or name.lower() in _SECRET_IF_LONG):
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
    if len(value) >= SHORTEST and not re.search(r"[\s,;=]", value):
        yield value


def _in_json(value: Any, name: str = "") -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _in_json(inner, str(key))
        case list():
            for inner in value:
                yield from _in_json(inner, name)
        case str() if len(value) >= SHORTEST and secret_name(name):
            yield value
        case str() if len(value) >= _LONG and name.lower() in _SECRET_IF_LONG and " " not in value:
            yield value
