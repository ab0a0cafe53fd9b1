"""A client for every LLM provider: all logic is operators, all configuration is protocol.

Nothing but the version is imported here; the names below come from their rooms at first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ailib.version import __version__

if TYPE_CHECKING:
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
    from ailib.errors import (
        AiLibError,
        ProtocolError,
        RemoteError,
        StandardErrorCode,
        TransportError,
    )
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

_ROOMS = ("errors", "types", "resilience", "client")


def __getattr__(name: str) -> Any:
    if name in __all__:
        for room in _ROOMS:
            module = import_module(f"ailib.{room}")
            if name in module.__all__:
                value = globals()[name] = getattr(module, name)
                return value
    raise AttributeError(f"module 'ailib' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
