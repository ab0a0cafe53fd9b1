"""The answer around the body: status, content type, another body, other forms of HTTP."""

from __future__ import annotations

from dataclasses import replace

from mock_providers.faults.plan import Fault
from mock_providers.faults.script import Piece, Script, Wire
from mock_providers.faults.spec import Param, Spec

CONTENT_TYPES = {
    "plain": "text/plain; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "sse": "text/event-stream; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "octet": "application/octet-stream",
    "none": None,
}


def _content_type(word: str) -> str | None:
    return CONTENT_TYPES.get(word, word)


def _ctype(script: Script, fault: Fault, _wire: Wire) -> Script:
    kind = _content_type(fault["type"])
    return script.with_head(lambda head: replace(head.without("content-type"), content_type=kind))


def _body(script: Script, fault: Fault, _wire: Wire) -> Script:
    text = fault["text"].encode()
    replaced = replace(script, ops=(Piece(text),), stream=False)
    return replaced.with_head(
        lambda head: replace(
            head.without("content-type", "content-length"),
            status=fault["status"],
            content_type=_content_type(fault["ctype"]),
        )
    )


FAULTS = (
    Spec(
        "ctype",
        "content",
        "another content type than the body has: plain, html, json, sse, ndjson, octet, none, or "
        "any in quotes",
        "ctype(plain)",
        ("S10", "H12"),
        (Param("type", default="plain"),),
        _ctype,
    ),
    Spec(
        "body",
        "content",
        "this body in place of the answer; nothing for zero bytes",
        'body("upstream connect error",status=200,ctype=plain)',
        ("C7", "H11", "H12", "S10"),
        (
            Param("text", default=""),
            Param("status", "int", 200),
            Param("ctype", default="json"),
        ),
        _body,
    ),
)
