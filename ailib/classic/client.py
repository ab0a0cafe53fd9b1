"""The classic client: one provider, the model in each request."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from ailib.classic.content import TextContent
from ailib.classic.options import ConnectionOptions
from ailib.classic.request import ChatCompletionRequest, Message, Role
from ailib.classic.response import ChatCompletionChunk, ChatCompletionResponse
from ailib.client import AiClient as ModernClient
from ailib.client import AiClientBuilder, CancelHandle, CancelToken, create_cancel_pair
from ailib.client import ChatStream as EventStream
from ailib.client.closing import AsyncClosing
from ailib.errors import AiLibError, CapabilityError, ValidationError
from ailib.manifest import load_provider
from ailib.services import RemoteModel

SMALL_BATCH = 3
SMART_CONCURRENCY = 10
CONCURRENCY_VARIABLE = "AI_LIB_BATCH_CONCURRENCY"


@dataclass(frozen=True, slots=True)
class BatchItem:
    """The outcome of one request of a batch: a response or an error."""

    response: ChatCompletionResponse | None = None
    error: AiLibError | None = None

    @property
    def is_ok(self) -> bool:
        """Whether there is a response."""
        return self.error is None

    def unwrap(self) -> ChatCompletionResponse:
        """The response; raises the error where there is none."""
        if self.response is None:
            raise self.error or ValidationError("an empty batch item")
        return self.response


class ChatStream(AsyncClosing):
    """Chunks, for ``async for``; ``async with`` closes the connection in any case."""

    def __init__(self, events: EventStream, model: str) -> None:
        self._events, self._model = events, model

    def __aiter__(self) -> AsyncIterator[ChatCompletionChunk]:
        return self

    async def __anext__(self) -> ChatCompletionChunk:
        while True:
            chunk = ChatCompletionChunk.of(await anext(self._events), self._model)
            if chunk is not None:
                return chunk

    async def aclose(self) -> None:
        """Ends the stream and closes the connection."""
        await self._events.aclose()


class AiClient(AsyncClosing):
    """``AiClient(Provider.OpenAI)``; cheap to make, safe to share between tasks.

    Raises `ValidationError` for wrong options at once, `CredentialError` at the first call.
    """

    def __init__(self, provider: Any, options: ConnectionOptions | None = None) -> None:
        self._provider: str = str(getattr(provider, "value", provider))
        self.manifest = load_provider(self._provider)
        self._options = (options or ConnectionOptions()).client_options()
        self._clients: dict[str, ModernClient] = {}

    @classmethod
    def new(cls, provider: Any) -> AiClient:
        """The same as the class itself."""
        return cls(provider)

    @classmethod
    def with_options(cls, provider: Any, options: ConnectionOptions) -> AiClient:
        """A client with connection options."""
        return cls(provider, options)

    def clone(self) -> AiClient:
        """The client itself: it may be used by any number of tasks."""
        return self

    async def chat_completion(self, request: ChatCompletionRequest) -> ChatCompletionResponse:
        """Sends the request and gives the whole answer."""
        response, _ = await self._client(request.model).execute(request.to_request())
        return ChatCompletionResponse.of(response)

    async def chat_completion_stream(self, request: ChatCompletionRequest) -> ChatStream:
        """The answer in chunks."""
        return self._stream(request, None)

    async def chat_completion_stream_with_cancel(
        self, request: ChatCompletionRequest
    ) -> tuple[ChatStream, CancelHandle]:
        """The answer in chunks, and the handle that ends it: its last chunk has the finish
        reason ``cancelled`` then."""
        handle, token = create_cancel_pair()
        return self._stream(request, token), handle

    async def chat_completion_batch(
        self, requests: Sequence[ChatCompletionRequest], limit: int | None = None
    ) -> list[BatchItem]:
        """All requests at once, or ``limit`` at a time; the outcomes in the same order."""
        if limit is not None and limit < 1:
            raise ValidationError(f"a batch limit of {limit}", hint="at least 1, or None")
        places = asyncio.Semaphore(limit) if limit else nullcontext()

        async def one(request: ChatCompletionRequest) -> BatchItem:
            async with places:
                try:
                    return BatchItem(await self.chat_completion(request))
                except AiLibError as error:
                    return BatchItem(error=error)

        return await asyncio.gather(*(one(request) for request in requests))

    async def chat_completion_batch_smart(
        self, requests: Sequence[ChatCompletionRequest]
    ) -> list[BatchItem]:
        """As `chat_completion_batch`; up to 3 requests at once, of more 10 at a time, or
        ``AI_LIB_BATCH_CONCURRENCY``."""
        limit = None if len(requests) <= SMALL_BATCH else SMART_CONCURRENCY
        if text := os.environ.get(CONCURRENCY_VARIABLE, "").strip():
            if not text.isdecimal() or int(text) < 1:
                raise ValidationError(f"{CONCURRENCY_VARIABLE} is {text!r}", hint="at least 1")
            limit = int(text)
        return await self.chat_completion_batch(requests, limit)

    async def quick_chat_text(self, model: str, prompt: str) -> str:
        """The text of the answer to one question."""
        message = Message(Role.User, TextContent(prompt))
        return (await self.chat_completion(ChatCompletionRequest(model, [message]))).first_text()

    async def list_models(self) -> list[RemoteModel]:
        """The models the provider lists; those of the manifest where it has no list."""
        try:
            return await self._client("-").list_remote_models()
        except CapabilityError:
            return [RemoteModel(name, known) for name, known in self.manifest.models.items()]

    async def aclose(self) -> None:
        """Closes the connections."""
        for client in self._clients.values():
            await client.aclose()

    close = aclose

    def _stream(self, request: ChatCompletionRequest, token: CancelToken | None) -> ChatStream:
        client = self._client(request.model)
        return ChatStream(
            client.stream(request.to_request(stream=True), cancel_token=token), request.model
        )

    def _client(self, model: str) -> ModernClient:
        """One for each model; all use the connections of the first."""
        if model not in self._clients:
            builder = AiClientBuilder(**self._options).model(f"{self._provider}/{model}")
            first = next(iter(self._clients.values()), None)
            if first is not None:
                builder.transport(first.transport)
            self._clients[model] = builder.build_now()
        return self._clients[model]
