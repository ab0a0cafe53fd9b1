"""Text to vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ailib.errors import MalformedResponseError, ValidationError
from ailib.services.service import Asker, Service
from ailib.types import Usage


@dataclass(frozen=True, slots=True)
class Embedding:
    """The vector of one text; ``index`` is the text's place in the request."""

    index: int
    vector: list[float]
    object: str = "embedding"


@dataclass(frozen=True, slots=True)
class EmbeddingResponse(Sequence[Embedding]):
    """Embeddings in the order of the texts; also a sequence of them."""

    embeddings: list[Embedding]
    model: str | None = None
    usage: Usage | None = None
    raw_responses: list[Any] = field(default_factory=list, repr=False)

    @property
    def first(self) -> Embedding:
        """The embedding of the first text."""
        return self.embeddings[0]

    @property
    def vectors(self) -> list[list[float]]:
        """The vectors alone."""
        return [embedding.vector for embedding in self.embeddings]

    def __getitem__(self, index: Any) -> Any:
        return self.embeddings[index]

    def __len__(self) -> int:
        return len(self.embeddings)


class EmbeddingsService:
    """The embeddings of one model."""

    def __init__(self, client: Asker) -> None:
        self._client = client
        self._service = Service(client.target, "embeddings")

    async def embed(
        self,
        texts: str | Sequence[str],
        *,
        dimensions: int | None = None,
        batch_size: int | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> EmbeddingResponse:
        """One vector a text. ``dimensions``: their length, where the model lets choose.

        More texts than ``batch_size`` (default: the manifest's) are sent in several requests one
        after the other; ``options`` are further names for the manifest's template (``user``).
        """
        listed = [texts] if isinstance(texts, str) else list(texts)
        if not listed or not all(isinstance(text, str) for text in listed):
            raise ValidationError("nothing to embed", hint="a text, or a list of texts")
        size = min(batch_size or self._service.largest, self._service.largest)
        if size < 1:
            raise ValidationError(f"batch_size is {batch_size}", hint="at least 1")
        scope = {**(options or {}), "dimensions": dimensions}
        answers = []
        found: list[Embedding] = []
        for start in range(0, len(listed), size):
            part = listed[start : start + size]
            answer = await self._client.ask(self._service.request("inputs", part, scope))
            answers.append(answer)
            found += self._read(answer, start, len(part))
        service = self._service
        return EmbeddingResponse(
            found,
            service.value(answers[0], "model") or self._client.target.model,
            _sum([service.usage(answer) for answer in answers]),
            [answer.body for answer in answers],
        )

    def _read(self, answer: Any, start: int, count: int) -> list[Embedding]:
        found = {}
        for place, item in enumerate(self._service.items(answer)):
            index = item.get("index")
            vector = item.get("vector")
            if not isinstance(vector, list):
                raise MalformedResponseError(f"embedding {start + place} has no vector")
            found[place if index is None else index] = vector
        if sorted(found) != list(range(count)):
            raise MalformedResponseError(f"{len(found)} embeddings for {count} texts")
        return [Embedding(start + index, found[index]) for index in range(count)]


def _sum(parts: list[Usage | None]) -> Usage | None:
    known = [part for part in parts if part is not None]
    if not known:
        return None
    return Usage(
        prompt_tokens=_total([part.prompt_tokens for part in known]),
        total_tokens=_total([part.total_tokens for part in known]),
        raw=known[0].raw,
    )


def _total(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
