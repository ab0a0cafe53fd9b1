"""Compressed answers: honest, buffered to the end, or under a wrong label."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

from mock_providers.faults.plan import Fault
from mock_providers.faults.script import Op, Piece, Script, Wire
from mock_providers.faults.spec import Param, Spec


class _Compressor(Protocol):
    def compress(self, data: bytes) -> bytes: ...
    def flush_event(self) -> bytes: ...
    def finish(self) -> bytes: ...


class _Zlib:
    def __init__(self, bits: int) -> None:
        self._z = zlib.compressobj(wbits=bits)

    def compress(self, data: bytes) -> bytes:
        return self._z.compress(data)

    def flush_event(self) -> bytes:
        return self._z.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._z.flush()


class _Brotli:
    def __init__(self, module: ModuleType) -> None:
        self._b: Any = module.Compressor()

    def compress(self, data: bytes) -> bytes:
        return bytes(self._b.process(data))

    def flush_event(self) -> bytes:
        return bytes(self._b.flush())

    def finish(self) -> bytes:
        return bytes(self._b.finish())


class _Zstd:
    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._z: Any = module.ZstdCompressor().compressobj()

    def compress(self, data: bytes) -> bytes:
        return bytes(self._z.compress(data))

    def flush_event(self) -> bytes:
        return bytes(self._z.flush(self._module.COMPRESSOBJ_FLUSH_BLOCK))

    def finish(self) -> bytes:
        return bytes(self._z.flush())


def _compressor(coding: str) -> _Compressor:
    match coding:
        case "gzip":
            return _Zlib(31)
        case "deflate":
            return _Zlib(15)
        case "br":
            return _Brotli(_module("brotli"))
        case _:
            return _Zstd(_module("zstandard"))


def _module(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError:
        raise LookupError(f"this coding needs the package {name!r}: pip install {name}") from None


def _encode(script: Script, fault: Fault, _wire: Wire) -> Script:
    coding, label = fault["coding"], fault["label"]
    shown = coding if label == "true" else label
    if shown != "none":
        script = script.with_head(lambda head: head.adding(("content-encoding", shown)))
    if coding == "identity":
        return script
    compressor = _compressor(coding)

    def encoded(ops: Iterator[Op]) -> Iterator[Op]:
        for op in ops:
            if not isinstance(op, Piece):
                yield op
                continue
            data = compressor.compress(op.data)
            if fault["flush"] == "event":
                data += compressor.flush_event()
            if data:
                yield Piece(data, op.event)
        yield Piece(compressor.finish())

    return script.mapped(encoded)


_CODINGS = ("gzip", "deflate", "br", "zstd")

FAULTS = (
    Spec(
        "encode",
        "encode",
        "a compressed body, flushed after each event or only at its end, under its own label, "
        "none, or a false one (`identity` under the label gzip: not compressed at all)",
        "encode(gzip,flush=end)",
        ("S11",),
        (
            Param("coding", default="gzip", choices=(*_CODINGS, "identity")),
            Param("flush", default="event", choices=("event", "end")),
            Param(
                "label", default="true", choices=("true", "none", "gzip", "deflate", "br", "zstd")
            ),
        ),
        _encode,
    ),
)
