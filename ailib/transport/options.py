"""What can be set about connections, and which proxy a request goes through."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ssl import SSLContext
from urllib.parse import urlsplit

from ailib.errors import ValidationError

PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
PROXY_VARIABLE = "AI_PROXY_URL"


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """How connections are made.

    ``verify``: true (the system's certificates, or the bundle that ``SSL_CERT_FILE``,
    ``SSL_CERT_DIR``, ``REQUESTS_CA_BUNDLE`` or ``CURL_CA_BUNDLE`` names), a CA bundle's path, an
    `ssl.SSLContext`, or false for no check at all. ``proxy``: its URL; with ``trust_env`` the
    variables ``AI_PROXY_URL``, ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``, ``NO_PROXY``
    count as well. ``pool_size``: idle connections kept, ``idle_timeout``: seconds they are kept,
    ``max_connections``: at most so many at once.
    """

    verify: bool | str | SSLContext = True
    proxy: str | None = field(default=None, repr=False)
    trust_env: bool = True
    pool_size: int = 32
    idle_timeout: float = 90.0
    max_connections: int = 1000
    _proxies: dict[str, str | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if self.proxy is not None:
            _check_proxy(self.proxy, "proxy")

    def proxy_for(self, url: str) -> str | None:
        """The URL of the proxy for a request to ``url``, or ``None`` to go directly.

        The environment is read at the first request to a host (reading it costs more than the
        rest of a request). Raises `ValidationError` for a proxy variable that is no proxy URL.
        """
        if self.proxy is not None:
            return self.proxy
        if not self.trust_env:
            return None
        origin = url[: url.find("/", len("https://"))]
        if origin not in self._proxies:
            self._proxies[origin] = self._from_environment(url)
        return self._proxies[origin]

    def _from_environment(self, url: str) -> str | None:
        # Deferred: urllib.request imports 40 modules.
        from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415

        parts = urlsplit(url)
        if proxy_bypass(parts.netloc.rpartition("@")[2]):
            return None
        if explicit := os.environ.get(PROXY_VARIABLE, "").strip():
            return _check_proxy(explicit, PROXY_VARIABLE)
        proxies = getproxies()
        found = proxies.get(parts.scheme) or proxies.get("all")
        if not found:
            return None
        return _check_proxy(found if "://" in found else f"http://{found}", f"{parts.scheme}_proxy")


def _check_proxy(proxy: str, source: str) -> str:
    """The proxy's URL; it may hold a password, so the error does not show it."""
    parts = urlsplit(proxy)
    if parts.scheme not in PROXY_SCHEMES or not parts.hostname:
        raise ValidationError(
            f"{source} is no proxy URL",
            hint=f"use {'|'.join(PROXY_SCHEMES)}://[user:password@]host:port",
        )
    return proxy
