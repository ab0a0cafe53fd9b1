"""Where in an answer a fault strikes.

``after=N`` counts events that carry content (kind ``delta``), so that it means the same in every
dialect: the strike falls between the N-th of them and what follows it; ``after=0`` means before
the first. A stream with fewer is struck before its finish, so a fault that was asked for always
happens. A plain body has one place: its middle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mock_providers.faults.script import Op, Piece

Strike = Callable[[Piece | None, Iterator[Op]], Iterator[Op]]
"""What happens at the place: given the piece that would come next (``None`` at the end) and all
that would follow it."""

ENDINGS = ("finish", "usage", "end")


def at(ops: Iterator[Op], after: int, strike: Strike) -> Iterator[Op]:
    """The operations up to the place, then what ``strike`` makes of the rest."""
    seen = 0
    for op in ops:
        if isinstance(op, Piece) and op.event is not None:
            kind = op.event.kind
            reached = seen >= after and (after > 0 or kind == "delta")
            if reached or kind in ENDINGS:
                yield from strike(op, ops)
                return
            seen += kind == "delta"
        elif isinstance(op, Piece):
            yield from strike(op, ops)
            return
        yield op
    yield from strike(None, ops)


def before_end(ops: Iterator[Op], strike: Strike) -> Iterator[Op]:
    """As `at`, with the place between the last content and the finish."""
    for op in ops:
        if isinstance(op, Piece) and (op.event is None or op.event.kind in ENDINGS):
            yield from strike(op, ops)
            return
        yield op
    yield from strike(None, ops)


def at_byte(ops: Iterator[Op], count: int, strike: Strike) -> Iterator[Op]:
    """As `at`, with the place after so many bytes of the body; the piece there is divided."""
    left = count
    for op in ops:
        if isinstance(op, Piece):
            if len(op.data) > left:
                if left:
                    yield Piece(op.data[:left], op.event)
                yield from strike(Piece(op.data[left:], op.event), ops)
                return
            left -= len(op.data)
        yield op
    yield from strike(None, ops)
