"""Servers that speak each provider's wire format, and fail the way it fails."""

__all__: list[str] = []
