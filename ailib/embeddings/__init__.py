"""Text to vectors: a client for one embedding model, and what is done with vectors."""

from ailib.embeddings.client import EmbeddingClient
from ailib.embeddings.vectors import cosine_similarity
from ailib.services import Embedding, EmbeddingResponse

__all__ = ["Embedding", "EmbeddingClient", "EmbeddingResponse", "cosine_similarity"]
