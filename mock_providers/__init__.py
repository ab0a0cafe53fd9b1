"""Servers that speak each provider's wire format, and fail the way it fails."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mock_providers.server import MockServer, build_app

__all__ = ["MockServer", "build_app"]


def __getattr__(name: str) -> Any:
    # The server takes a quarter of a second to import; the pytest plugin, which every run of
    # pytest loads, must not.
    if name in __all__:
        return getattr(import_module("mock_providers.server"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
