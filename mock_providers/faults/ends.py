"""Answers that end too early: cleanly, by FIN, by RST, or in the middle of something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from mock_providers.faults.places import at, at_byte
from mock_providers.faults.plan import Fault
from mock_providers.faults.script import Cut, Flush, Op, Piece, Raw, Script, Wire
from mock_providers.faults.spec import Param, Spec, always

_PRELUDE = 6  # inside the 12 bytes of an event stream's prelude
_CHECKSUM = 2  # inside the 4 bytes of its trailing CRC


def _middle(data: bytes) -> int:
    return max(1, len(data) // 2)


def _half_code_point(data: bytes) -> bytes:
    """Up to the middle of a code point: the first that has more than one byte, else a foreign
    one set into the middle."""
    for index, byte in enumerate(data):
        if byte >= 0xC0:
            return data[: index + 1]
    return data[: _middle(data)] + "…".encode()[:1]


_PARTS: dict[str, Callable[[bytes], bytes]] = {
    "midjson": lambda data: data[: _middle(data)],
    "midutf8": _half_code_point,
    "midprelude": lambda data: data[:_PRELUDE],
    "midcrc": lambda data: data[:-_CHECKSUM],
}
_MODES = ("clean", "fin", "rst", "midchunk", *_PARTS)
_OWN_END = {"fin": "fin", "rst": "rst", "midchunk": "fin"}


def _end(fault: Fault) -> str:
    return str(fault["end"] or _OWN_END.get(fault["mode"], "clean"))


def _ending(end: str) -> Iterator[Op]:
    if end != "clean":
        yield Cut("rst" if end == "rst" else "fin")


def _truncate(script: Script, fault: Fault, _wire: Wire) -> Script:
    mode, end = fault["mode"], _end(fault)

    def strike(following: Piece | None, _rest: Iterator[Op]) -> Iterator[Op]:
        data = following.data if following else b""
        event = following.event if following else None
        if mode == "midchunk":
            half = data[: _middle(data)]
            yield Raw(b"%x\r\n%b" % (len(data) or 1, half) if script.stream else half)
        elif mode in _PARTS:
            yield Piece(_PARTS[mode](data), event)
        elif not script.stream and fault["bytes"] is None:
            yield Piece(data[: _middle(data)], event)
        yield from _ending(end)

    if not script.stream and end != "clean" and script.head is not None:
        script = _promising_all(script)
    if fault["bytes"] is not None:
        return script.mapped(lambda ops: at_byte(ops, fault["bytes"], strike))
    return script.mapped(lambda ops: at(ops, fault["after"], strike))


def _promising_all(script: Script) -> Script:
    """With the length of the whole body in its head, of which only a part will come."""
    ops = list(script.ops)
    size = sum(len(op.data) for op in ops if isinstance(op, Piece))
    headed = script.with_head(lambda head: head.adding(("content-length", str(size))))
    return replace(headed, ops=ops)


def _reset(script: Script, fault: Fault, wire: Wire) -> Script:
    return _truncate(script, replace(fault, args={**fault.args, "mode": "rst", "end": None}), wire)


def _no_headers(script: Script, fault: Fault, _wire: Wire) -> Script:
    return replace(script, head=None, ops=(), before=(*script.before, Flush(), Cut(fault["mode"])))


def _close_idle(script: Script, fault: Fault, _wire: Wire) -> Script:
    def closing(ops: Iterator[Op]) -> Iterator[Op]:
        yield from ops
        yield Cut(fault["mode"], late=True)

    return script.mapped(closing)


_AFTER = Param("after", "int", 3, about="content events before it")
_BYTES = Param("bytes", "int", about="bytes of the body before it, instead of `after`")

FAULTS = (
    Spec(
        "truncate",
        "cut",
        "the stream ends early: cleanly, by FIN, by RST, or inside a chunk, JSON, code point or "
        "event-stream frame",
        "truncate(after=3,mode=clean)",
        ("S1", "S2", "S4", "S13"),
        (
            _AFTER,
            Param("mode", default="clean", choices=_MODES),
            _BYTES,
            Param("end", choices=("clean", "fin", "rst"), about="how it then ends"),
        ),
        _truncate,
        lambda fault: _end(fault) != "clean" or fault["mode"] == "midchunk",
    ),
    Spec(
        "reset",
        "cut",
        "the connection is reset (RST) in the middle of the answer",
        "reset(after=3)",
        ("S3",),
        (_AFTER, _BYTES),
        _reset,
        always,
    ),
    Spec(
        "no_headers",
        "cut",
        "the connection ends before any byte of the answer",
        "no_headers(mode=rst)",
        ("S3",),
        (Param("mode", default="fin", choices=("fin", "rst")),),
        _no_headers,
        always,
    ),
    Spec(
        "close_idle",
        "http",
        "a complete answer that promises keep-alive, then the idle connection is closed",
        "close_idle(mode=fin)",
        ("S3",),
        (Param("mode", default="fin", choices=("fin", "rst")),),
        _close_idle,
        always,
    ),
)
