"""The bytes of events: line ends, prefixes, byte order marks, broken JSON, broken frames."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

from mock_providers.faults.places import at
from mock_providers.faults.plan import Fault
from mock_providers.faults.rewrite import each, text_only
from mock_providers.faults.script import Op, Piece, Script, Wire
from mock_providers.faults.spec import Param, Spec


def _newlines(style: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(b"\r\n", b"\n").replace(b"\n", style)


def _nospace(data: bytes) -> bytes:
    return b"\n".join(
        line.replace(b": ", b":", 1) if line.startswith((b"data: ", b"event: ")) else line
        for line in data.split(b"\n")
    )


def _multiline(data: bytes) -> bytes:
    """JSON on several ``data:`` lines, broken where JSON allows a line break."""
    end = b"\r\n" if b"\r\n" in data else b"\n"
    lines: list[bytes] = []
    for line in data.split(end):
        try:
            value = json.loads(line.removeprefix(b"data:"))
        except ValueError:
            value = None
        if line.startswith(b"data:") and isinstance(value, dict | list):
            text = json.dumps(value, ensure_ascii=False, indent=1)
            lines += [b"data: " + part.encode() for part in text.split("\n")]
        else:
            lines.append(line)
    return end.join(lines)


_FORMS: dict[str, Callable[[bytes], bytes]] = {
    "crlf": _newlines(b"\r\n"),
    "cr": _newlines(b"\r"),
    "lf": _newlines(b"\n"),
    "nospace": _nospace,
    "multiline": _multiline,
}


def _reframe(script: Script, fault: Fault, _wire: Wire) -> Script:
    text_only(script, fault)
    change = _FORMS[fault["form"]]

    def reframed(piece: Piece) -> Iterator[Op]:
        yield Piece(change(piece.data), piece.event) if piece.event or script.stream else piece

    return each(script, reframed)


def _bom(script: Script, fault: Fault, _wire: Wire) -> Script:
    text_only(script, fault)

    def marked(ops: Iterator[Op]) -> Iterator[Op]:
        mark = b"\xef\xbb\xbf"
        for op in ops:
            if isinstance(op, Piece) and mark:
                yield Piece(mark + op.data, op.event)
                mark = b""
            else:
                yield op

    return script.mapped(marked)


def _no_blank_end(script: Script, fault: Fault, _wire: Wire) -> Script:
    text_only(script, fault)
    ops = list(script.ops)
    last = max((n for n, op in enumerate(ops) if isinstance(op, Piece)), default=None)
    if last is not None and isinstance(piece := ops[last], Piece):
        ops[last] = Piece(piece.data.rstrip(b"\r\n"), piece.event)
    return replace(script, ops=ops)


def _half(data: bytes) -> bytes:
    """The frame with its JSON broken off in the middle, its line ends whole."""
    body = data.rstrip(b"\r\n")
    opening = body.find(b"{")
    if opening < 0:
        return data
    return body[: (opening + len(body)) // 2] + data[len(body) :]


def _glued(data: bytes) -> bytes:
    """The JSON twice in one frame."""
    body = data.rstrip(b"\r\n")
    opening = body.find(b"{")
    return data if opening < 0 else body + body[opening:] + data[len(body) :]


def _unended(data: bytes) -> bytes:
    """The frame without the line ends that part it from the next."""
    return data.rstrip(b"\r\n")


def _scalar(data: bytes) -> bytes:
    body = data.rstrip(b"\r\n")
    opening = body.find(b"{")
    return data if opening < 0 else body[:opening] + b"null" + data[len(body) :]


def _flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0x80]) + data[middle + 1 :] if data else data


_TEXT_DAMAGE = {"badjson": _half, "glued": _glued, "unended": _unended, "null": _scalar}
_DAMAGE: dict[str, Callable[[bytes], bytes]] = {**_TEXT_DAMAGE, "flipped": _flipped}


def _garble(script: Script, fault: Fault, _wire: Wire) -> Script:
    if fault["mode"] in _TEXT_DAMAGE:
        text_only(script, fault)
    damage = _DAMAGE[fault["mode"]]

    def strike(following: Piece | None, rest: Iterator[Op]) -> Iterator[Op]:
        if following is not None:
            yield Piece(damage(following.data), following.event)
        yield from rest

    return script.mapped(lambda ops: at(ops, fault["after"], strike))


FAULTS = (
    Spec(
        "reframe",
        "frame",
        "other line ends (CRLF, CR, LF), no space after the colon, JSON on several data lines",
        "reframe(crlf)",
        ("S8",),
        (Param("form", default="crlf", choices=tuple(_FORMS)),),
        _reframe,
    ),
    Spec("bom", "frame", "a byte order mark first", "bom", ("S8",), (), _bom),
    Spec(
        "no_blank_end",
        "frame",
        "the last event lacks the line ends after it",
        "no_blank_end",
        ("S8",),
        (),
        _no_blank_end,
    ),
    Spec(
        "garble",
        "frame",
        "one frame damaged: its JSON broken off, doubled, glued to the next frame, null, or one "
        "bit flipped (a wrong checksum in an event stream)",
        "garble(badjson,after=3)",
        ("C12", "S4"),
        (
            Param("mode", default="badjson", choices=tuple(_DAMAGE)),
            Param("after", "int", 3, about="content events before it"),
        ),
        _garble,
    ),
)
