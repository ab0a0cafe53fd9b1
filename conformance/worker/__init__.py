"""Plays a case against a client and writes down what it saw; knows no expectation."""

from conformance.worker.adapter import ADAPTERS, Adapter, AdapterInfo, Setup, Sink, find
from conformance.worker.elsewhere import Elsewhere
from conformance.worker.mocks import check_replies
from conformance.worker.play import play

__all__ = [
    "ADAPTERS",
    "Adapter",
    "AdapterInfo",
    "Elsewhere",
    "Setup",
    "Sink",
    "check_replies",
    "find",
    "play",
]
