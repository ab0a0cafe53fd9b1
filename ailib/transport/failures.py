"""What adapters say about a request that failed, whatever library it failed in."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ailib.errors import ConnectionFailedError, RequestTimeoutError

_USER = re.compile(r"//[^/\s]+@")


def host_of(url: str) -> str:
    """Host and port of a URL, without user, path and query."""
    return urlsplit(url).netloc.rpartition("@")[2]


def connect_timeout(url: str, seconds: float | None) -> RequestTimeoutError:
    """No connection within the connect timeout."""
    return RequestTimeoutError(
        f"no connection to {host_of(url)} within {seconds:g} s"
        if seconds is not None
        else f"no connection to {host_of(url)}: the system's own limit ran out",
        phase="connect",
        seconds=seconds,
    )


def pool_timeout(url: str, seconds: float | None) -> RequestTimeoutError:
    """All connections of the pool were busy for the pool timeout."""
    return RequestTimeoutError(
        f"no free connection for {host_of(url)} within {seconds} s (pool full)",
        phase="pool",
        seconds=seconds,
    )


def not_connected(url: str, error: Exception) -> ConnectionFailedError:
    """The connection could not be made, or broke before the head of the answer."""
    return ConnectionFailedError(f"no answer from {host_of(url)}: {describe(error, url)}")


def broken(url: str, error: Exception) -> ConnectionFailedError:
    """The connection broke amid the answer."""
    return ConnectionFailedError(f"the connection to {host_of(url)} broke: {describe(error, url)}")


def describe(error: BaseException, url: str) -> str:
    """The name of an exception and its text, or that of the innermost one that has a text.

    The URL is cut down to its host, and any other loses its user and password (a proxy's).
    """
    text = str(error)
    inner = error.__cause__ or error.__context__
    while not text and inner is not None:
        text, inner = str(inner), inner.__cause__ or inner.__context__
    text = text.replace(url, host_of(url))
    if query := urlsplit(url).query:
        text = text.replace(query, "…")
    text = _USER.sub("//", text)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
