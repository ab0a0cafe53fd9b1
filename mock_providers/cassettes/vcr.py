"""The file: vcrpy's YAML, with keys of our own inside ``response``.

vcrpy reads it as one of its own and keeps our keys: ``frames`` (``[offset, delay]`` of each piece
of the body: where it starts, and the seconds since the one before), ``origin``, ``recorded`` and
``end``. A cassette of vcrpy without them reads as one piece an answer.

`write` takes out secrets and there is no other way to a file.
"""

from __future__ import annotations

import datetime
import os
import re
import tempfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from mock_providers.cassettes.model import (
    Cassette,
    CassetteError,
    Chunk,
    Headers,
    Interaction,
    Request,
    Response,
    cut_at,
)
from mock_providers.cassettes.redact import redacted

_VERSION = 1
_NOT_IN_YAML = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""Control characters, and line breaks other than these two, which YAML folds."""
_CODINGS = ("gzip", "x-gzip", "deflate")
_ORIGINS = ("mock", "documented", "live")
_ENDS = ("done", "fin", "rst")


def write(path: Path, cassette: Cassette, secrets: Iterable[str] = ()) -> Cassette:
    """Writes a cassette without its secrets; returns it as written. The file is replaced at once
    or not at all. Raises `CassetteError` when it would not read back the same."""
    cleaned = redacted(cassette, secrets)
    text = dump(cleaned)
    if load(text, str(path)) != cleaned:
        raise CassetteError(f"{path}: the cassette would not read back as it was recorded")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return cleaned


def read(path: Path) -> Cassette:
    """A cassette from its file. Raises `CassetteError` (file, place, what was expected)."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CassetteError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CassetteError(f"{path}: not UTF-8 at byte {error.start}") from None
    return load(text, str(path))


class _Dumper(yaml.SafeDumper):
    """Long texts as blocks, so that a review can read them."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def dump(cassette: Cassette) -> str:
    """The YAML of a cassette as it is; only for one that holds no secrets."""
    interactions = [
        {"request": _request(i.request), "response": _response(i.response)}
        for i in cassette.interactions
    ]
    document = {"interactions": interactions, "version": _VERSION}
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _request(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "uri": request.uri,
        "headers": _lists(request.headers),
        "body": _readable(request.body) if request.body else None,
    }


def _response(response: Response) -> dict[str, Any]:
    offset, frames = 0, []
    for chunk in response.chunks:
        frames.append([offset, chunk.delay])
        offset += len(chunk.data)
    return {
        "status": {"code": response.status, "message": response.reason},
        "headers": _lists(response.headers),
        "body": {"string": _readable(response.body)},
        "origin": response.origin,
        "recorded": response.recorded,
        "end": response.end,
        "frames": frames,
    }


def _lists(headers: Headers) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for name, value in headers:
        lists.setdefault(name, []).append(value)
    return lists


def _readable(body: bytes) -> str | bytes:
    """Text where the bytes are UTF-8 that YAML gives back as it was."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body
    return body if _NOT_IN_YAML.search(text) else text


def load(text: str, name: str = "cassette") -> Cassette:
    """A cassette from its YAML. Raises `CassetteError`."""
    try:
        document = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise CassetteError(f"{name}{where}: not YAML: {problem}") from None
    place = _Place(name)
    interactions = place.member(document, "interactions", list)
    return Cassette(tuple(_interaction(place, n, one) for n, one in enumerate(interactions)))


class _Place:
    """A place in a document, for messages: the file and a JSON pointer."""

    def __init__(self, name: str, pointer: str = "") -> None:
        self.name = name
        self.pointer = pointer

    def below(self, key: object) -> _Place:
        return _Place(self.name, f"{self.pointer}/{key}")

    def wrong(self, expected: str, found: object) -> CassetteError:
        return CassetteError(
            f"{self.name}: {self.pointer or '/'}: expected {expected}, found {found!r:.60}"
        )

    def member(self, value: Any, key: str, kind: type | tuple[type, ...]) -> Any:
        """The member of a mapping, of that kind."""
        if not isinstance(value, Mapping):
            raise self.wrong("a mapping", value)
        if key not in value or not isinstance(value[key], kind):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            names = " or ".join("nothing" if k is type(None) else k.__name__ for k in kinds)
            raise self.below(key).wrong(names, value.get(key))
        return value[key]


def _interaction(place: _Place, index: int, value: Any) -> Interaction:
    here = place.below("interactions").below(index)
    request = here.member(value, "request", dict)
    response = here.member(value, "response", dict)
    return Interaction(
        _load_request(here.below("request"), request),
        _load_response(here.below("response"), response),
    )


def _load_request(here: _Place, value: dict[str, Any]) -> Request:
    body = value.get("body")
    if isinstance(body, Mapping):  # some writers nest it as in the response
        body = body.get("string")
    if not isinstance(body, str | bytes | None):
        raise here.below("body").wrong("text", body)
    return Request(
        here.member(value, "method", str).upper(),
        here.member(value, "uri", str),
        _pairs(here, value.get("headers") or {}),
        body.encode() if isinstance(body, str) else body or b"",
    )


def _load_response(here: _Place, value: dict[str, Any]) -> Response:
    status = here.member(value, "status", dict)
    content = here.member(value, "body", dict)
    body = here.below("body").member(content, "string", (str, bytes, type(None)))
    data = body.encode() if isinstance(body, str) else body or b""
    headers = _pairs(here, value.get("headers") or {})
    if "frames" not in value:  # vcrpy keeps bodies as they came
        data, headers = _decoded(data, headers)
    recorded = value.get("recorded") or ""
    if isinstance(recorded, datetime.date):
        recorded = recorded.isoformat()
    return Response(
        here.below("status").member(status, "code", int),
        status.get("message") or "",
        headers,
        _chunks(here, data, value.get("frames")),
        _one_of(here.below("origin"), value.get("origin", "live"), _ORIGINS),
        str(recorded),
        _one_of(here.below("end"), value.get("end", "done"), _ENDS),
    )


def _decoded(data: bytes, headers: Headers) -> tuple[bytes, Headers]:
    """The body without its compression, so that it can be searched and cut."""
    coding = next((value for name, value in headers if name == "content-encoding"), "")
    kept = tuple((n, v) for n, v in headers if n not in {"content-encoding", "content-length"})
    if coding not in _CODINGS or not data:
        return data, headers
    try:
        return zlib.decompress(data, 47), kept  # 47: gzip or zlib, whichever it is
    except zlib.error:
        return data, kept  # vcrpy was told to decode, and left the header


def _one_of(here: _Place, value: Any, choices: tuple[str, ...]) -> Any:
    if value not in choices:
        raise here.wrong(f"one of {', '.join(choices)}", value)
    return value


def _pairs(here: _Place, headers: Any) -> Headers:
    if not isinstance(headers, Mapping):
        raise here.below("headers").wrong("a mapping", headers)
    return tuple(
        (str(name).lower(), str(value))
        for name, values in headers.items()
        for value in (values if isinstance(values, list) else [values])
    )


def _chunks(here: _Place, body: bytes, frames: Any) -> tuple[Chunk, ...]:
    if frames is None:
        return (Chunk(body),) if body else ()
    rising = isinstance(frames, list) and all(
        isinstance(f, list) and len(f) == 2 and isinstance(f[0], int) and f[1] >= 0 for f in frames
    )
    offsets = [f[0] for f in frames] if rising else []
    if not rising or offsets != sorted(offsets) or (offsets and offsets[-1] > len(body)):
        raise here.below("frames").wrong("[offset, delay] rising within the body", frames)
    if bool(offsets and offsets[0] == 0) != bool(frames):
        raise here.below("frames").wrong("a first offset of 0", frames[:1])
    pieces = cut_at(body, offsets)
    return tuple(Chunk(data, float(f[1])) for data, f in zip(pieces, frames, strict=True))
