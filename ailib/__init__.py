"""A client for every LLM provider: all logic is operators, all configuration is protocol."""

from ailib.client import (
    AiClient,
    AiClientBuilder,
    CallStats,
    CancelHandle,
    CancelReason,
    CancelToken,
    ChatRequestBuilder,
    ChatStream,
    create_cancel_pair,
)
from ailib.errors import AiLibError, ProtocolError, RemoteError, StandardErrorCode, TransportError
from ailib.resilience import ResilientConfig
from ailib.types import (
    ChatRequest,
    ChatResponse,
    ContentBlock,
    Message,
    MessageContent,
    MessageRole,
    StreamingEvent,
    ToolCall,
    ToolDefinition,
    Usage,
)
from ailib.version import __version__

__all__ = [
    "AiClient",
    "AiClientBuilder",
    "AiLibError",
    "CallStats",
    "CancelHandle",
    "CancelReason",
    "CancelToken",
    "ChatRequest",
    "ChatRequestBuilder",
    "ChatResponse",
    "ChatStream",
    "ContentBlock",
    "Message",
    "MessageContent",
    "MessageRole",
    "ProtocolError",
    "RemoteError",
    "ResilientConfig",
    "StandardErrorCode",
    "StreamingEvent",
    "ToolCall",
    "ToolDefinition",
    "TransportError",
    "Usage",
    "__version__",
    "create_cancel_pair",
]
