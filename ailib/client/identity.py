"""How this library introduces itself to a provider."""

from __future__ import annotations

from ailib.version import __version__

# Compressed streams are held back by proxies until a block is full.
DEFAULT_HEADERS: tuple[tuple[str, str], ...] = (
    ("user-agent", f"ailib/{__version__}"),
    ("accept-encoding", "identity"),
)
