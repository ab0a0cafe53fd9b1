"""Wire formats: one module an API family, without I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from mock_providers.dialects.base import Context, Dialect, EventKind, Inbound, WireEvent

_PLACES = {
    "openai_chat": "openai_chat:OpenAIChat",
    "openai_responses": "openai_responses:OpenAIResponses",
    "openai_completions": "openai_completions:OpenAICompletions",
    "openai_embeddings": "openai_plain:OPENAI_EMBEDDINGS",
    "openai_models": "openai_plain:OPENAI_MODELS",
    "anthropic": "anthropic_messages:AnthropicMessages",
    "anthropic_count_tokens": "anthropic_plain:ANTHROPIC_COUNT_TOKENS",
    "anthropic_models": "anthropic_plain:ANTHROPIC_MODELS",
    "gemini": "gemini:Gemini",
    "gemini_count_tokens": "gemini_plain:GEMINI_COUNT_TOKENS",
    "gemini_embeddings": "gemini_plain:GEMINI_EMBEDDINGS",
    "gemini_models": "gemini_plain:GEMINI_MODELS",
    "vertex_predict": "gemini_plain:VERTEX_PREDICT",
    "cohere_chat": "cohere:CohereChat",
    "cohere_embed": "cohere_plain:COHERE_EMBED",
    "cohere_rerank": "cohere_plain:COHERE_RERANK",
    "cohere_models": "cohere_plain:COHERE_MODELS",
    "cohere_tokenize": "cohere_plain:COHERE_TOKENIZE",
    "ollama_chat": "ollama:OLLAMA_CHAT",
    "ollama_generate": "ollama:OLLAMA_GENERATE",
    "ollama_embed": "ollama_plain:OLLAMA_EMBED",
    "ollama_tags": "ollama_plain:OLLAMA_TAGS",
    "ollama_show": "ollama_plain:OLLAMA_SHOW",
    "ollama_version": "ollama_plain:OLLAMA_VERSION",
    "bedrock_converse": "bedrock_converse:BedrockConverse",
    "bedrock_invoke": "bedrock_invoke:BedrockInvoke",
    "dashscope": "dashscope:DashScope",
    "dashscope_embeddings": "dashscope:DASHSCOPE_EMBEDDINGS",
    "replicate": "replicate:Replicate",
    "jina_rerank": "jina:JINA_RERANK",
    "stability_images": "stability:STABILITY_IMAGES",
    "openai_moderations": "openai_media:OPENAI_MODERATIONS",
    "openai_images": "openai_media:OPENAI_IMAGES",
    "openai_speech": "openai_media:OPENAI_SPEECH",
    "openai_transcriptions": "openai_media:OPENAI_TRANSCRIPTIONS",
    "openai_videos": "openai_media:OPENAI_VIDEOS",
}
"""The name of each dialect, as a profile's routes have it, and where it stands: module and class
or value."""


class _Dialects(Mapping[str, Dialect]):
    """The dialects by name, each imported when it is first asked for: a server speaks few."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._known: dict[str, Dialect] = {}

    def __getitem__(self, name: str) -> Dialect:
        known = self._known.get(name)
        if known is None:
            module, _, attribute = self._places[name].partition(":")
            found = getattr(import_module(f"mock_providers.dialects.{module}"), attribute)
            known = self._known[name] = found() if isinstance(found, type) else found
        return known

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


DIALECTS: Mapping[str, Dialect] = _Dialects(_PLACES)
"""Every dialect by its name."""

__all__ = ["DIALECTS", "Context", "Dialect", "EventKind", "Inbound", "WireEvent"]
