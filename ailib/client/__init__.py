"""The client: requests, streams, cancellation, figures."""

from ailib.client.ai_client import AiClient
from ailib.client.builder import AiClientBuilder, ClientOptions
from ailib.client.cancel import CancelHandle, CancelReason, CancelToken, create_cancel_pair
from ailib.client.chat import ChatBuilder, ChatRequestBuilder
from ailib.client.stats import CallStats
from ailib.client.stream import ChatStream

__all__ = [
    "AiClient",
    "AiClientBuilder",
    "CallStats",
    "CancelHandle",
    "CancelReason",
    "CancelToken",
    "ChatBuilder",
    "ChatRequestBuilder",
    "ChatStream",
    "ClientOptions",
    "create_cancel_pair",
]
