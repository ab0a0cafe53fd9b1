"""Manifests: find, load, merge, compile.

A provider is loaded once a process; what it gives is immutable and safe to share.
"""

from ailib.manifest.api import CompiledApi
from ailib.manifest.capabilities import Capabilities
from ailib.manifest.loading import load_provider
from ailib.manifest.provider import Provider
from ailib.manifest.search import bundled_ids

__all__ = ["Capabilities", "CompiledApi", "Provider", "bundled_ids", "load_provider"]
