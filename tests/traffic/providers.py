"""Which manifest reads which recorded provider, and which API of it a recording is.

Recordings of gateways and self-hosted servers that have no manifest are read as what they say
they speak.
"""

from __future__ import annotations

MANIFESTS = {
    "avian": "openai",
    "bedrock-mantle": "openai",
    "gpustack": "openai",
    "heroku": "openai",
    "local": "openai",
    "ollama-cloud": "ollama",
    "other": "openai",
    "snowflake": "openai",
    "vercel-gateway": "openai",
    "voyage": "openai",
    "zai": "zhipu",
}

# API of the recording → API of the manifest; what is not listed is the manifest's default.
APIS = {"responses": "responses", "chat": "chat"}
OWN = {("ollama", "chat"): "compatible"}

# Recordings of another dialect than the provider's own.
DIALECTS = {
    ("local", "generateContent"): ("gemini", None),
    ("local", "messages"): ("anthropic", None),
    ("gemini", "chat"): ("openai", "chat"),
}


def reads(provider: str, api: str) -> tuple[str, str | None]:
    """Manifest and API for a recording of ``provider`` with ``api`` (``chat`` …)."""
    if (provider, api) in DIALECTS:
        return DIALECTS[provider, api]
    name = MANIFESTS.get(provider, provider)
    return name, OWN.get((name, api), APIS.get(api))
