"""Documents in the order of their relevance: a client for one reranking model."""

from ailib.rerank.client import RerankerClient, RerankOptions
from ailib.services import RerankResponse, RerankResult

__all__ = ["RerankOptions", "RerankResponse", "RerankResult", "RerankerClient"]
