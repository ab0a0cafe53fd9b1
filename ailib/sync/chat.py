"""Building a chat request, and the blocking ways to run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ailib.client import CallStats, CancelToken, ChatBuilder
from ailib.sync.stream import ChatStream
from ailib.types import ChatResponse

if TYPE_CHECKING:
    from ailib.sync.client import AiClient


class ChatRequestBuilder(ChatBuilder):
    """As `ailib.ChatRequestBuilder`, but its last methods block."""

    def __init__(self, client: AiClient) -> None:
        super().__init__(client.model)
        self._client = client

    def execute(self, *, cancel_token: CancelToken | None = None) -> ChatResponse:
        """Sends the request and gives the whole answer."""
        return self.execute_with_stats(cancel_token=cancel_token)[0]

    def execute_with_stats(
        self, *, cancel_token: CancelToken | None = None
    ) -> tuple[ChatResponse, CallStats]:
        """As `execute`, with the figures of the call."""
        client = self._client
        return client.run(client.inner.execute(self.build(), cancel_token=cancel_token))

    def stream(self, *, cancel_token: CancelToken | None = None) -> ChatStream:
        """The answer as events, while they come."""
        client = self._client
        request = self.build(stream=True)
        return ChatStream(client.loop, client.inner.stream(request, cancel_token=cancel_token))

    def stream_with_stats(
        self, *, cancel_token: CancelToken | None = None
    ) -> tuple[ChatStream, CallStats]:
        """The stream, and the figures that it fills while it is read."""
        stream = self.stream(cancel_token=cancel_token)
        return stream, stream.stats
