"""The request-and-response interface of the older `ai-lib` crate, over the same client."""

from ailib.classic.client import AiClient, BatchItem, ChatStream
from ailib.classic.content import Content
from ailib.classic.options import ConnectionOptions
from ailib.classic.provider import Provider
from ailib.classic.request import ChatCompletionRequest, Message, Role
from ailib.classic.response import (
    ChatCompletionChunk,
    ChatCompletionResponse,
    Choice,
    ChunkChoice,
    Delta,
)
from ailib.client import CancelHandle
from ailib.errors import AiLibError

__all__ = [
    "AiClient",
    "AiLibError",
    "BatchItem",
    "CancelHandle",
    "ChatCompletionChunk",
    "ChatCompletionRequest",
    "ChatCompletionResponse",
    "ChatStream",
    "Choice",
    "ChunkChoice",
    "ConnectionOptions",
    "Content",
    "Delta",
    "Message",
    "Provider",
    "Role",
]
