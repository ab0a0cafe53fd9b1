"""A client for one reranking model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from ailib.client import AiClient, AiClientBuilder, ClientOptions
from ailib.client.closing import AsyncClosing
from ailib.services import RerankResponse


@dataclass(frozen=True, slots=True)
class RerankOptions:
    """``top_n``: so many results (all); ``max_tokens_per_doc``: longer documents are cut."""

    top_n: int | None = None
    max_tokens_per_doc: int | None = None


class RerankerClient(AsyncClosing):
    """``RerankerClient(model="cohere/rerank-v3.5")``; options as for `AiClient`."""

    def __init__(self, model: str, **options: Unpack[ClientOptions]) -> None:
        self._client = AiClientBuilder(**options).model(model).build_now()

    @property
    def client(self) -> AiClient:
        """What it works with."""
        return self._client

    async def rerank(
        self,
        query: str,
        documents: Sequence[str | Mapping[str, Any]],
        options: RerankOptions | None = None,
    ) -> RerankResponse:
        """See `AiClient.rerank`."""
        chosen = options or RerankOptions()
        return await self._client.rerank(
            query,
            documents,
            top_n=chosen.top_n,
            max_tokens_per_doc=chosen.max_tokens_per_doc,
        )

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    close = aclose
