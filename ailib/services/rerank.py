"""Documents in the order of their relevance to a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ailib.errors import MalformedResponseError, ValidationError
from ailib.services.service import Asker, Service
from ailib.types import Usage


@dataclass(frozen=True, slots=True)
class RerankResult:
    """One document: its place in the request, and its score (higher is more relevant)."""

    index: int
    relevance_score: float
    document: str | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RerankResponse(Sequence[RerankResult]):
    """Results, the most relevant first; also a sequence of them."""

    results: list[RerankResult]
    model: str | None = None
    usage: Usage | None = None
    raw_response: Any = field(default=None, repr=False)

    def __getitem__(self, index: Any) -> Any:
        return self.results[index]

    def __len__(self) -> int:
        return len(self.results)


class RerankerService:
    """The reranking of one model."""

    def __init__(self, client: Asker) -> None:
        self._client = client
        self._service = Service(client.target, "rerank")

    async def rerank(
        self,
        query: str,
        documents: Sequence[str | Mapping[str, Any]],
        *,
        top_n: int | None = None,
        max_tokens_per_doc: int | None = None,
    ) -> RerankResponse:
        """The ``top_n`` (default: all) documents, the most relevant first."""
        listed = list(documents)
        if not query or not listed:
            raise ValidationError("nothing to rank", hint="a query and at least one document")
        scope = {"query": query, "top_n": top_n, "max_tokens_per_doc": max_tokens_per_doc}
        answer = await self._client.ask(self._service.request("documents", listed, scope))
        results = [self._result(item, listed) for item in self._service.items(answer)]
        return RerankResponse(
            sorted(results, key=lambda result: -result.relevance_score),
            self._service.value(answer, "model") or self._client.target.model,
            self._service.usage(answer),
            answer.body,
        )

    def _result(self, item: Mapping[str, Any], documents: Sequence[Any]) -> RerankResult:
        index, score = item.get("index"), item.get("score")
        if not isinstance(index, int) or not 0 <= index < len(documents):
            raise MalformedResponseError(f"a result for document {index!r} of {len(documents)}")
        if not isinstance(score, int | float):
            raise MalformedResponseError(f"the result for document {index} has no score")
        return RerankResult(index, float(score), documents[index])
