"""Plays scenarios and cassettes against a client, judges what it does, writes reports."""

from conformance.errors import ConformanceError, HarnessError, NothingSelectedError, UsageError
from conformance.judge import judge, verdict
from conformance.model import Case, Check, Result, Status, Transcript

__version__ = "0.1.0"

__all__ = [
    "Case",
    "Check",
    "ConformanceError",
    "HarnessError",
    "NothingSelectedError",
    "Result",
    "Status",
    "Transcript",
    "UsageError",
    "judge",
    "verdict",
]
