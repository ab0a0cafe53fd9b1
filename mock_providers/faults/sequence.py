"""Events added to a stream, repeated, left out."""

from __future__ import annotations

from collections.abc import Iterator

from mock_providers.faults.places import at
from mock_providers.faults.plan import Fault
from mock_providers.faults.script import Cut, Op, Piece, Script, Wire
from mock_providers.faults.spec import Param, Spec


def _error_event(script: Script, fault: Fault, wire: Wire) -> Script:
    # Now, not while playing: an error without an in-stream form must refuse the request.
    pieces = wire.error(fault["error"])

    def strike(following: Piece | None, rest: Iterator[Op]) -> Iterator[Op]:
        yield from pieces
        match fault["end"]:
            case "go_on":
                yield from (following,) if following is not None else ()
                yield from rest
            case "rst" | "fin" as mode:
                yield Cut(mode)

    return script.mapped(lambda ops: at(ops, fault["after"], strike))


FAULTS = (
    Spec(
        "error_event",
        "sequence",
        "an error inside the stream, in the provider's own form, after which it ends (or goes on)",
        "error_event(overloaded,after=3)",
        ("C1",),
        (
            Param("error", default="server_error", about="name or status in the error table"),
            Param("after", "int", 3, about="content events before it"),
            Param("end", default="clean", choices=("clean", "fin", "rst", "go_on")),
        ),
        _error_event,
        lambda fault: fault["end"] in {"fin", "rst"},
    ),
)
