"""A client for one embedding model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from ailib.client import AiClient, AiClientBuilder, ClientOptions
from ailib.client.closing import AsyncClosing
from ailib.services import EmbeddingResponse


class EmbeddingClient(AsyncClosing):
    """``EmbeddingClient(model="openai/text-embedding-3-small")``; options as for `AiClient`.

    ``dimensions`` is the length of the vectors, where the model lets choose.
    """

    def __init__(
        self, model: str, *, dimensions: int | None = None, **options: Unpack[ClientOptions]
    ) -> None:
        self._client = AiClientBuilder(**options).model(model).build_now()
        self._dimensions = dimensions

    @classmethod
    async def create(
        cls, model: str, *, dimensions: int | None = None, **options: Unpack[ClientOptions]
    ) -> EmbeddingClient:
        """The same, for symmetry with `AiClient.create`."""
        return cls(model, dimensions=dimensions, **options)

    @property
    def client(self) -> AiClient:
        """What it works with."""
        return self._client

    async def embed(self, texts: str | Sequence[str], **options: Any) -> EmbeddingResponse:
        """See `AiClient.embed`."""
        options.setdefault("dimensions", self._dimensions)
        return await self._client.embed(texts, **options)

    embed_batch = embed

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    close = aclose
