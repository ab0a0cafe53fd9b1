"""Wire formats: one module an API family, without I/O."""

from __future__ import annotations

from mock_providers.dialects.anthropic_messages import AnthropicMessages
from mock_providers.dialects.anthropic_plain import ANTHROPIC_COUNT_TOKENS, ANTHROPIC_MODELS
from mock_providers.dialects.base import Context, Dialect, EventKind, Inbound, WireEvent
from mock_providers.dialects.bedrock_converse import BedrockConverse
from mock_providers.dialects.bedrock_invoke import BedrockInvoke
from mock_providers.dialects.cohere import CohereChat
from mock_providers.dialects.cohere_plain import (
    COHERE_EMBED,
    COHERE_MODELS,
    COHERE_RERANK,
    COHERE_TOKENIZE,
)
from mock_providers.dialects.dashscope import DASHSCOPE_EMBEDDINGS, DashScope
from mock_providers.dialects.gemini import Gemini
from mock_providers.dialects.gemini_plain import (
    GEMINI_COUNT_TOKENS,
    GEMINI_EMBEDDINGS,
    GEMINI_MODELS,
    VERTEX_PREDICT,
)
from mock_providers.dialects.ollama import OLLAMA_CHAT, OLLAMA_GENERATE
from mock_providers.dialects.ollama_plain import (
    OLLAMA_EMBED,
    OLLAMA_SHOW,
    OLLAMA_TAGS,
    OLLAMA_VERSION,
)
from mock_providers.dialects.openai_chat import OpenAIChat
from mock_providers.dialects.openai_completions import OpenAICompletions
from mock_providers.dialects.openai_media import (
    OPENAI_IMAGES,
    OPENAI_MODERATIONS,
    OPENAI_SPEECH,
    OPENAI_TRANSCRIPTIONS,
    OPENAI_VIDEOS,
)
from mock_providers.dialects.openai_plain import OPENAI_EMBEDDINGS, OPENAI_MODELS
from mock_providers.dialects.openai_responses import OpenAIResponses
from mock_providers.dialects.replicate import Replicate

_ALL: tuple[Dialect, ...] = (
    OpenAIChat(),
    OpenAIResponses(),
    OpenAICompletions(),
    OPENAI_EMBEDDINGS,
    OPENAI_MODELS,
    AnthropicMessages(),
    ANTHROPIC_COUNT_TOKENS,
    ANTHROPIC_MODELS,
    Gemini(),
    GEMINI_COUNT_TOKENS,
    GEMINI_EMBEDDINGS,
    GEMINI_MODELS,
    VERTEX_PREDICT,
    CohereChat(),
    COHERE_EMBED,
    COHERE_RERANK,
    COHERE_MODELS,
    COHERE_TOKENIZE,
    OLLAMA_CHAT,
    OLLAMA_GENERATE,
    OLLAMA_EMBED,
    OLLAMA_TAGS,
    OLLAMA_SHOW,
    OLLAMA_VERSION,
    BedrockConverse(),
    BedrockInvoke(),
    DashScope(),
    DASHSCOPE_EMBEDDINGS,
    Replicate(),
    OPENAI_MODERATIONS,
    OPENAI_IMAGES,
    OPENAI_SPEECH,
    OPENAI_TRANSCRIPTIONS,
    OPENAI_VIDEOS,
)

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in _ALL}
"""Every dialect by its name, as a profile's endpoint rows name it."""

__all__ = ["DIALECTS", "Context", "Dialect", "EventKind", "Inbound", "WireEvent"]
