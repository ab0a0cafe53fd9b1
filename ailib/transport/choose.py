"""Which adapter: by name, by ``AILIB_TRANSPORT``, or an object of the caller's own."""

from __future__ import annotations

import importlib.util
import os

from ailib.errors import ValidationError
from ailib.transport.base import Transport
from ailib.transport.options import TransportOptions

TRANSPORTS = ("httpx", "httpx2", "aiohttp")
VARIABLE = "AILIB_TRANSPORT"


def choose_transport(
    transport: str | Transport | None = None,
    options: TransportOptions | None = None,
) -> Transport:
    """The transport that ``transport`` names; an object is handed back as it is.

    Raises `ValidationError` for an unknown name, or a library that is not installed. Nothing is
    imported or connected yet.
    """
    if transport is not None and not isinstance(transport, str):
        return transport
    name = transport or os.environ.get(VARIABLE, "").strip() or TRANSPORTS[0]
    if name not in TRANSPORTS:
        source = "transport" if transport else VARIABLE
        raise ValidationError(
            f"{source}: unknown transport {name!r}", hint=f"use one of {', '.join(TRANSPORTS)}"
        )
    if importlib.util.find_spec(name) is None:
        raise ValidationError(
            f"transport {name!r} is not installed", hint=f"pip install 'ailib[{name}]'"
        )
    options = options or TransportOptions()
    if name == "aiohttp":
        from ailib.transport.aiohttp_adapter import AiohttpTransport  # noqa: PLC0415

        return AiohttpTransport(options)
    from ailib.transport.httpx_adapter import HttpxTransport  # noqa: PLC0415

    return HttpxTransport(name, options)
