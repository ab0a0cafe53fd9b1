"""What providers offer beside chat, each described by its block of the manifest."""

from ailib.services.embeddings import Embedding, EmbeddingResponse, EmbeddingsService
from ailib.services.models import RemoteModel, list_models
from ailib.services.rerank import RerankerService, RerankResponse, RerankResult

__all__ = [
    "Embedding",
    "EmbeddingResponse",
    "EmbeddingsService",
    "RemoteModel",
    "RerankResponse",
    "RerankResult",
    "RerankerService",
    "list_models",
]
