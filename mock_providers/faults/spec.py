"""What a fault is: a row of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from mock_providers.faults.plan import Fault
from mock_providers.faults.script import Script, Wire

Layer = Literal[
    "turn", "error", "content", "sequence", "frame", "encode", "time", "cut", "chunk", "http"
]
"""Where a fault acts. Whatever the order they are written in, faults are applied in this order:
the model's turn is changed, the answer is refused or replaced, its events are changed, then
dropped or added, their bytes reframed, compressed, delayed, cut, grouped into writes, and sent
under another form of HTTP."""

LAYERS: tuple[Layer, ...] = (
    "turn",
    "error",
    "content",
    "sequence",
    "frame",
    "encode",
    "time",
    "cut",
    "chunk",
    "http",
)

Kind = Literal["int", "seconds", "text", "flag", "number"]
Transform = Callable[[Script, Fault, Wire], Script]


@dataclass(frozen=True, slots=True)
class Param:
    """An argument: its name, its kind, its default, and its choices where only some words do."""

    name: str
    kind: Kind = "text"
    default: Any = None
    choices: tuple[str, ...] = ()
    about: str = ""


def _never(_fault: Fault) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Spec:
    """A row of the catalogue.

    ``families``: ids of the failure families it covers (H1 to C12, ``docs/faults.md``);
    ``apply``: the pure transform of the script, ``None`` for faults of the turn;
    ``raw``: whether a fault with these arguments needs the transport itself.
    """

    name: str
    layer: Layer
    about: str
    example: str
    families: tuple[str, ...] = ()
    params: tuple[Param, ...] = ()
    apply: Transform | None = None
    raw: Callable[[Fault], bool] = _never


def always(_fault: Fault) -> bool:
    """For ``Spec.raw``: the fault needs the transport whatever its arguments."""
    return True
