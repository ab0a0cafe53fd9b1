"""Servers that speak each provider's wire format, and fail the way it fails."""

from mock_providers.server import MockServer, build_app

__all__ = ["MockServer", "build_app"]
