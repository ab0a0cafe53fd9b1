"""Failures on request: one grammar, pure transforms, one sender.

`parse` reads the grammar, `find` the carriers of a request, `resolve` picks the faults of this
attempt, `deliver` sends the answer with them.
"""

from mock_providers.faults.attempts import TEST_HEADER, Attempts, resolve
from mock_providers.faults.carriers import Carried, Wishes, clean_path, find
from mock_providers.faults.catalogue import CATALOGUE
from mock_providers.faults.deliver import (
    apply,
    deliver,
    deliver_ready,
    deliver_script,
    refusal,
)
from mock_providers.faults.errors import refusing, retry_headers, retry_seconds
from mock_providers.faults.grammar import FaultSyntaxError, joined, parse
from mock_providers.faults.plan import Active, Fault, FaultPlan
from mock_providers.faults.play import Delivered, Send, cut, play
from mock_providers.faults.script import Cut, Flush, Head, Op, Piece, Script, Wait, Wire
from mock_providers.faults.spec import Param, Spec
from mock_providers.faults.transport import EXTENSION, HookedH11Protocol, HookedProtocol
from mock_providers.faults.turns import on_turn

__all__ = [
    "CATALOGUE",
    "EXTENSION",
    "TEST_HEADER",
    "Active",
    "Attempts",
    "Carried",
    "Cut",
    "Delivered",
    "Fault",
    "FaultPlan",
    "FaultSyntaxError",
    "Flush",
    "Head",
    "HookedH11Protocol",
    "HookedProtocol",
    "Op",
    "Param",
    "Piece",
    "Script",
    "Send",
    "Spec",
    "Wait",
    "Wire",
    "Wishes",
    "apply",
    "clean_path",
    "cut",
    "deliver",
    "deliver_ready",
    "deliver_script",
    "find",
    "joined",
    "on_turn",
    "parse",
    "play",
    "refusal",
    "refusing",
    "resolve",
    "retry_headers",
    "retry_seconds",
]
