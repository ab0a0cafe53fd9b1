"""The answer around the body: another body, the edge's own pages, other forms of HTTP."""

from __future__ import annotations

from dataclasses import replace

from mock_providers.faults.plan import Fault
from mock_providers.faults.script import Framing, Piece, Script, Wire
from mock_providers.faults.spec import Param, Spec, always

CONTENT_TYPES = {
    "plain": "text/plain; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "sse": "text/event-stream; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "octet": "application/octet-stream",
    "none": None,
}


def content_type(word: str) -> str | None:
    """The content type a short word stands for, or the text itself."""
    return CONTENT_TYPES.get(word, word)


def _ctype(script: Script, fault: Fault, _wire: Wire) -> Script:
    kind = content_type(fault["type"])
    return script.with_head(lambda head: replace(head.without("content-type"), content_type=kind))


def answering(script: Script, status: int, kind: str | None, body: bytes) -> Script:
    """The script with this answer in place of its own; other headers stay."""
    replaced = replace(script, ops=(Piece(body),), stream=False)
    return replaced.with_head(
        lambda head: replace(
            head.without("content-type", "content-length"), status=status, content_type=kind
        )
    )


def _body(script: Script, fault: Fault, _wire: Wire) -> Script:
    kind = content_type(fault["ctype"])
    return answering(script, fault["status"], kind, fault["text"].encode())


_NGINX = (
    "<html>\r\n<head><title>{status} {words}</title></head>\r\n<body>\r\n"
    "<center><h1>{status} {words}</h1></center>\r\n<hr><center>nginx</center>\r\n"
    "</body>\r\n</html>\r\n"
)
_CLOUDFLARE = (
    '<!DOCTYPE html>\n<html lang="en-US"><head><title>api.example.com | {status}: {words}</title>'
    '<meta charset="UTF-8" /></head>\n<body><div id="cf-wrapper"><div id="cf-error-details">'
    "<h1><span>{words}</span><span>Error code {status}</span></h1>"
    "<div>Visit cloudflare.com for more information.</div></div></div></body></html>\n"
)
_WORDS = {
    403: "Forbidden",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
    520: "Web server is returning an unknown error",
    521: "Web server is down",
    522: "Connection timed out",
    523: "Origin is unreachable",
    524: "A timeout occurred",
    525: "SSL handshake failed",
    530: "Origin DNS error",
}
_OWN_HEADERS = {
    "nginx": (("server", "nginx"),),
    "cloudflare": (("server", "cloudflare"), ("cf-ray", "7f1e2d3c4b5a6978-FRA")),
}
_PAGES = {"nginx": _NGINX, "cloudflare": _CLOUDFLARE}


def _edge(script: Script, fault: Fault, _wire: Wire) -> Script:
    status, by = fault["status"], fault["by"]
    if not by:
        by = "cloudflare" if status >= 520 else "nginx"
    page = _PAGES[by].format(status=status, words=_WORDS.get(status, "Error"))
    replaced = answering(script, status, "text/html; charset=UTF-8", page.encode())
    # The API itself never saw the request, so none of its headers are there.
    return replaced.with_head(lambda head: replace(head, headers=_OWN_HEADERS[by]))


_FORMS: dict[str, Framing] = {"close": "close", "1.0": "http10", "trailers": "trailers"}
_WRONG_LENGTH = {"long_length": 10, "short_length": -10}


def _http(script: Script, fault: Fault, _wire: Wire) -> Script:
    form, reason = fault["form"], fault["reason"]
    script = script.with_head(lambda head: replace(head, reason=reason or head.reason))
    if form in _FORMS:
        return script.with_head(
            lambda head: replace(head.without("content-length"), framing=_FORMS[form])
        )
    ops = list(script.ops)
    size = sum(len(op.data) for op in ops if isinstance(op, Piece))
    length = str(max(0, size + _WRONG_LENGTH[form]))
    headed = script.with_head(
        lambda head: replace(head.adding(("content-length", length)), framing="close")
    )
    return replace(headed, ops=ops)


def _headers(script: Script, fault: Fault, _wire: Wire) -> Script:
    size, count = fault["size"], max(1, fault["count"])
    flood = tuple((f"x-mock-flood-{n}", "x" * (size // count)) for n in range(count))
    return script.with_head(lambda head: head.adding(*flood))


FAULTS = (
    Spec(
        "ctype",
        "http",
        "another content type than the body has: plain, html, json, sse, ndjson, octet, none, or "
        "any in quotes",
        "ctype(plain)",
        ("S10", "H12"),
        (Param("type", default="plain"),),
        _ctype,
    ),
    Spec(
        "body",
        "error",
        "this body in place of the answer; zero bytes without a text",
        'body("upstream connect error",status=200,ctype=plain)',
        ("C7", "H11", "H12", "S10"),
        (
            Param("text", default=""),
            Param("status", "int", 200),
            Param("ctype", default="json"),
        ),
        _body,
    ),
    Spec(
        "edge",
        "error",
        "the HTML page of a proxy in front of the API: 413, 502, 504, 520 to 524 …",
        "edge(524)",
        ("H6", "H7"),
        (
            Param("status", "int", 502),
            Param("by", choices=("nginx", "cloudflare"), about="whose page"),
        ),
        _edge,
    ),
    Spec(
        "http",
        "http",
        "another form of HTTP: 1.0, a body that ends with the connection, a trailer, a content "
        "length that is too long or too short, another reason phrase",
        "http(1.0)",
        ("S12", "H6"),
        (
            Param("form", default="close", choices=(*_FORMS, *_WRONG_LENGTH)),
            Param("reason"),
        ),
        _http,
        always,
    ),
    Spec(
        "headers",
        "http",
        "a flood of headers: bytes altogether, in so many lines",
        "headers(size=65536,count=1)",
        ("S12",),
        (Param("size", "int", 65536), Param("count", "int", 1)),
        _headers,
    ),
)
