"""The network: one protocol, an adapter a library."""

from ailib.transport.base import HttpRequest, HttpResponse, Timeouts, Transport
from ailib.transport.choose import TRANSPORTS, choose_transport
from ailib.transport.options import TransportOptions

__all__ = [
    "TRANSPORTS",
    "HttpRequest",
    "HttpResponse",
    "Timeouts",
    "Transport",
    "TransportOptions",
    "choose_transport",
]
