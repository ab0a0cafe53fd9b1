"""The blocking client."""

from __future__ import annotations

import os
from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from ailib.client import AiClient as AsyncAiClient
from ailib.client import AiClientBuilder, ClientOptions
from ailib.client.closing import Closing
from ailib.resilience import SignalsSnapshot
from ailib.sync.chat import ChatRequestBuilder
from ailib.sync.loop import BackgroundLoop, background

if TYPE_CHECKING:
    from ailib.manifest import Provider
    from ailib.services import EmbeddingResponse, RemoteModel, RerankResponse

T = TypeVar("T")


class AiClient(Closing):
    """As `ailib.AiClient`, but its calls block. Safe to share between threads.

    A forked child uses the same object with connections of its own.
    """

    def __init__(self, builder: AiClientBuilder) -> None:
        self._builder = builder
        self._made: dict[int, AsyncAiClient] = {os.getpid(): builder.build_now()}

    @classmethod
    def create(cls, model: str, **options: Unpack[ClientOptions]) -> AiClient:
        """A client for ``"provider/model"``; options and errors are those of
        `ailib.AiClient.create`."""
        return cls(AiClientBuilder(**options).model(model))

    @property
    def inner(self) -> AsyncAiClient:
        """The asynchronous client of this process."""
        pid = os.getpid()
        if pid not in self._made:
            self._made[pid] = self._builder.build_now()
        return self._made[pid]

    @property
    def loop(self) -> BackgroundLoop:
        """Where the calls run."""
        return background()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs any coroutine of `inner` and blocks until it is done."""
        return self.loop.run(work)

    @property
    def model(self) -> str:
        """The provider's name of the model."""
        return self.inner.model

    @property
    def model_id(self) -> str:
        """``provider/model``."""
        return self.inner.model_id

    @property
    def provider_id(self) -> str:
        """The provider."""
        return self.inner.provider_id

    @property
    def manifest(self) -> Provider:
        """The provider as its manifest describes it."""
        return self.inner.manifest

    def chat(self) -> ChatRequestBuilder:
        """A new request."""
        return ChatRequestBuilder(self)

    def embed(
        self,
        texts: str | Sequence[str],
        *,
        dimensions: int | None = None,
        batch_size: int | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> EmbeddingResponse:
        """See `ailib.AiClient.embed`."""
        return self.run(
            self.inner.embed(texts, dimensions=dimensions, batch_size=batch_size, options=options)
        )

    def rerank(
        self,
        query: str,
        documents: Sequence[str | Mapping[str, Any]],
        *,
        top_n: int | None = None,
        max_tokens_per_doc: int | None = None,
    ) -> RerankResponse:
        """See `ailib.AiClient.rerank`."""
        return self.run(
            self.inner.rerank(query, documents, top_n=top_n, max_tokens_per_doc=max_tokens_per_doc)
        )

    def list_remote_models(self) -> list[RemoteModel]:
        """See `ailib.AiClient.list_remote_models`."""
        return self.run(self.inner.list_remote_models())

    def signals_snapshot(self) -> SignalsSnapshot:
        """How things stand: circuit, rate limit, calls in flight."""
        return self.inner.signals_snapshot()

    def close(self) -> None:
        """Closes the connections."""
        self.run(self.inner.close())

    def __repr__(self) -> str:
        return f"ailib.sync.AiClient({self.model_id!r})"
