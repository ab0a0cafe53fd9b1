"""Reads an ASGI request into an `Inbound`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from mock_providers.dialects import Inbound

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class BodyTooLargeError(Exception):
    """The body is longer than the server takes."""


class ClientGoneError(Exception):
    """The client left before its request was complete."""


class NoJsonError(ValueError):
    """The body is no JSON; the message says where."""


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises `BodyTooLargeError`, `ClientGoneError`."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise BodyTooLargeError
        return body
    pieces: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise BodyTooLargeError
        pieces.append(piece)
        if not message.get("more_body"):
            return b"".join(pieces)
        message = await receive()


def read_headers(scope: Scope) -> dict[str, str]:
    """Headers by lower-case name; repeated ones are joined by commas."""
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1")
        text = value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


def read_query(scope: Scope) -> Mapping[str, str]:
    """The query's parameters; of repeated ones the last."""
    raw = scope.get("query_string", b"")
    return dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True)) if raw else {}


def read_json(body: bytes) -> Any:
    """The body's JSON value. Raises `NoJsonError`."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NoJsonError(str(error)) from None


def inbound(scope: Scope, path: str, params: Mapping[str, str], body: bytes) -> tuple[Inbound, str]:
    """The request as dialects see it, and why its body is no JSON where it should be."""
    headers = read_headers(scope)
    kind = headers.get("content-type", "")
    json, unreadable = None, ""
    if body and "multipart/" not in kind and "x-www-form-urlencoded" not in kind:
        try:
            json = read_json(body)
        except NoJsonError as error:
            unreadable = str(error)
    read = Inbound(scope["method"], path, params, read_query(scope), headers, body, json)
    return read, unreadable
