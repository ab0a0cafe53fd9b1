"""How a classic client connects."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta

from ailib.client import ClientOptions


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """All optional. ``timeout`` and ``idle_timeout`` in seconds or as `timedelta`: how long the
    provider may be silent, and how long an idle connection is kept. ``pool_size``: idle
    connections kept. ``api_key`` and ``base_url`` fall back to ``AI_API_KEY`` and
    ``AI_BASE_URL``. ``disable_proxy``: no proxy, whatever the environment says.
    """

    base_url: str | None = None
    proxy: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    timeout: float | timedelta | None = None
    disable_proxy: bool = False
    pool_size: int | None = None
    idle_timeout: float | timedelta | None = None

    def client_options(self) -> ClientOptions:
        """The same as options of `ailib.AiClient`."""
        options: ClientOptions = {"trust_env": not self.disable_proxy}
        if key := self.api_key or os.environ.get("AI_API_KEY", "").strip():
            options["api_key"] = key
        if url := self.base_url or os.environ.get("AI_BASE_URL", "").strip():
            options["base_url"] = url
        if self.proxy is not None and not self.disable_proxy:
            options["proxy"] = self.proxy
        if self.timeout is not None:
            options["timeout"] = _seconds(self.timeout)
        if self.pool_size is not None:
            options["pool_size"] = self.pool_size
        if self.idle_timeout is not None:
            options["idle_timeout"] = _seconds(self.idle_timeout)
        return options


def _seconds(time: float | timedelta) -> float:
    return time.total_seconds() if isinstance(time, timedelta) else time
