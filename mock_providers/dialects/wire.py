"""Bytes: JSON in the white space of each vendor, and the frames of text streams.

Real APIs differ in white space only, but a recording compared byte by byte shows it: OpenAI
pretty-prints plain bodies, Google writes ``"key": value``, everyone else writes compact JSON.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from mock_providers.dialects.base import WireEvent

_google_line = json.JSONEncoder(ensure_ascii=False, separators=(",", ": ")).encode
_plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def compact(value: Any) -> bytes:
    """JSON without white space."""
    try:
        return orjson.dumps(value)
    except TypeError:  # integers beyond 64 bits, lone surrogates
        return _plain(value).encode("utf-8", "surrogatepass")


def pretty(value: Any) -> bytes:
    """JSON indented by two spaces."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "surrogatepass")


def pretty_line(value: Any) -> bytes:
    """JSON indented by two spaces with a line feed after it, as Google sends it."""
    return pretty(value) + b"\n"


def google_line(value: Any) -> bytes:
    """JSON on one line with a space after each colon, as Google streams it."""
    return _google_line(value).encode("utf-8", "surrogatepass")


def _data(event: WireEvent) -> bytes:
    data = event.data
    return data.encode() if isinstance(data, str) else compact(data)


def sse(event: WireEvent) -> bytes:
    """One server-sent event, ended by a blank line; with an ``event:`` line where it has a name.

    An event named ``:`` is a comment.
    """
    if event.name is None:
        return b"data: " + _data(event) + b"\n\n"
    if event.name == ":":
        return b": " + _data(event) + b"\n\n"
    return b"event: " + event.name.encode() + b"\ndata: " + _data(event) + b"\n\n"


def ndjson(event: WireEvent) -> bytes:
    """One line of newline-delimited JSON."""
    return _data(event) + b"\n"
