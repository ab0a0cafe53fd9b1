"""Faults of the model rather than of the wire: how an answer turns out, before it is written.

They change the neutral `Turn`, so every dialect tells them in its own words: a refusal is a
``refusal`` field here and a stop reason there.
"""

from __future__ import annotations

from dataclasses import replace

from mock_providers.answer.model import Answer, Call, Finish, Reasoning, Refusal, Text, Turn
from mock_providers.faults.plan import Active, Fault
from mock_providers.faults.spec import Param, Spec

_REFUSAL = ("I'm sorry, ", "but I can't ", "help with that.")
_FINISHES: dict[str, Finish] = {
    "refusal": "refusal",
    "pause": "pause",
    "content_filter": "content_filter",
    "length": "length",
    "error": "error",
    "stop": "stop",
}


def on_turn(active: Active, turn: Turn) -> Turn:
    """The turn as the active faults would have it."""
    for fault in active:
        if fault.name == "outcome":
            turn = replace(turn, answers=tuple(_outcome(fault, one) for one in turn.answers))
    return turn


def _outcome(fault: Fault, answer: Answer) -> Answer:
    finish = _FINISHES[fault["finish"]]
    match fault["finish"]:
        case "refusal":
            return Answer((Refusal(_REFUSAL),), finish)
        case "content_filter" | "error":
            return Answer((), finish)
        case "length":
            return Answer(_shortened(answer), finish)
        case _:
            return replace(answer, finish=finish)


def _shortened(answer: Answer) -> tuple[Text | Reasoning | Call | Refusal, ...]:
    """Half the pieces of the last part: the model was cut off there."""
    if not answer.parts:
        return ()
    *before, last = answer.parts
    return (*before, replace(last, pieces=last.pieces[: (len(last.pieces) + 1) // 2]))


FAULTS = (
    Spec(
        "outcome",
        "turn",
        "how the answer ends: refusal, pause, content_filter, length (text or arguments cut off), "
        "error, stop (though tools were called), in the words of the provider",
        "outcome(refusal)",
        ("C8", "C2", "C5", "C7"),
        (Param("finish", default="refusal", choices=tuple(_FINISHES)),),
    ),
)
