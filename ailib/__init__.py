"""A client for every LLM provider: all logic is operators, all configuration is protocol."""

__version__ = "0.1.0"

__all__ = ["__version__"]
