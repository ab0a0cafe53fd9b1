"""The endpoints of ai-protocol-mock, for clients that were tested against it.

They stand at the root, without a provider in the path, look neither at the key nor at the model,
and take any body.
"""

from __future__ import annotations

import re

_PATHS = (
    (re.compile(r"(?:/v1)?(/chat/completions)"), "openai", r"/v1\1"),
    (re.compile(r"(?:/v1)?(/messages)"), "anthropic", r"/v1\1"),
    (
        re.compile(r"(/v1beta/models/[^/]+:(?:generateContent|streamGenerateContent))"),
        "gemini",
        r"\1",
    ),
    (re.compile(r"(/v1/audio/(?:transcriptions|speech))"), "openai", r"\1"),
    (re.compile(r"(/v1/video/generations.*)"), "openai", r"\1"),
    (re.compile(r"(/v2/rerank)"), "cohere", r"\1"),
)


def provider_of(path: str) -> tuple[str, str] | None:
    """The provider behind a path at the root, and its own path there."""
    for pattern, provider, own in _PATHS:
        if found := pattern.fullmatch(path):
            return provider, found.expand(own)
    return None
