"""Byte fixtures of bug classes: tables of what a provider sends and what must come out.

A file of ``tests/ailib/bugs/cases/`` has ``cases``, each with

    id        one name or a list: ids of the corpus (S-01) and of its lab stimuli (eof_no_finish)
    says      the rule in one line
    provider  manifest id (default openai); ``api`` another API family of it
    status    default 200; ``headers``; ``content_type`` where it is not the usual one
    stream    whether a stream was asked for (default: whether the body is one)
    want      what must come out, see `tests.support.wanted`

and one form of body:

    chat      deltas of one OpenAI choice; ``finish_reason``, ``usage``, ``frame``, text as it is
    sse       data of events: objects, or text as it is
    events    the same, each named by its ``type``
    lines     NDJSON
    records   an Amazon event stream: {event, data}, {exception, data}, {chunk}; ``cut``, ``flip``
    json      a whole body; ``json_text`` the same as text
    body      bytes as UTF-8 text; ``bytes`` with \\x escapes
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support import eventstream
from tests.support.shared import ROOT

FOLDER = ROOT / "tests" / "ailib" / "bugs" / "cases"
STREAMS = {"chat": "text/event-stream", "sse": "text/event-stream", "events": "text/event-stream"}
STREAMS |= {"lines": "application/x-ndjson", "records": "application/vnd.amazon.eventstream"}
FORMS = (*STREAMS, "json", "json_text", "body", "bytes")
KEYS = {"id", "says", "provider", "api", "status", "headers", "content_type", "stream", "reset"}
KEYS |= {"want", "chat_repeat", "ways", *FORMS}


@dataclass(frozen=True)
class Case:
    """One fixture: the answer's bytes and what must come out."""

    ids: tuple[str, ...]
    says: str
    provider: str
    api: str | None
    status: int
    headers: Mapping[str, str]
    body: bytes
    stream: bool
    reset: bool
    ways: tuple[str, ...]
    want: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{' '.join(self.ids)}: {self.says}"

    def pieces(self, way: str) -> list[bytes]:
        """The body ``whole``, or in pieces of so many bytes."""
        if way == "whole":
            return [self.body] if self.body else []
        size = int(way)
        return [self.body[i : i + size] for i in range(0, len(self.body), size)]


@functools.cache
def cases() -> tuple[Case, ...]:
    """All cases of all files."""
    return tuple(case for path in sorted(FOLDER.glob("*.yaml")) for case in _read(path))


def _read(path: Path) -> Iterator[Case]:
    for row in yaml.safe_load(path.read_text("utf-8"))["cases"]:
        unknown = set(row) - KEYS
        if unknown or "want" not in row:
            raise ValueError(f"{path.name}, {row.get('id')}: unknown {unknown} or no want")
        yield _case(row)


def _case(row: Mapping[str, Any]) -> Case:
    form = next((name for name in FORMS if name in row), None)
    if form is None:
        raise ValueError(f"{row['id']}: no body")
    ids = row["id"] if isinstance(row["id"], list) else [row["id"]]
    stream = row.get("stream", form in STREAMS or form in ("body", "bytes"))
    usual = STREAMS.get(form, "application/json" if form.startswith("json") else None)
    content_type = row.get("content_type") or usual or STREAMS["sse"]
    return Case(
        ids=tuple(map(str, ids)),
        says=str(row["says"]),
        provider=row.get("provider", "openai"),
        api=row.get("api"),
        status=row.get("status", 200),
        headers={"content-type": content_type, **row.get("headers", {})},
        body=_repeated(row) + ENCODERS[form](row[form]),
        stream=stream,
        reset=row.get("reset", False),
        ways=tuple(row.get("ways", ("whole", "1", "7"))),
        want={name: _filled(value) for name, value in row["want"].items()},
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text(item: Any) -> str:
    return item if isinstance(item, str) else _json(item)


def _sse(items: list[Any]) -> bytes:
    return "".join(f"data: {_text(item)}\n\n" for item in items).encode()


def _events(items: list[Any]) -> bytes:
    return "".join(f"event: {i['type']}\ndata: {_json(i)}\n\n" for i in items).encode()


def _chat(items: list[Any]) -> bytes:
    return _sse([_chunk(item) for item in items])


def _chunk(item: Any) -> Any:
    if isinstance(item, str):
        return item
    if "frame" in item:
        return item["frame"]
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    if "usage" in item:
        return {**head, "choices": [], "usage": item["usage"]}
    delta = {k: _filled(v) for k, v in item.items() if k != "finish_reason"}
    choice = {"index": 0, "delta": delta, "finish_reason": item.get("finish_reason")}
    return {**head, "choices": [choice]}


def _filled(value: Any) -> Any:
    """``{repeat: text, times: n}`` as the long text it stands for."""
    return value["repeat"] * value["times"] if _is_repeat(value) else value


def _is_repeat(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"repeat", "times"}


def _repeated(row: Mapping[str, Any]) -> bytes:
    block = row.get("chat_repeat")
    return _chat([block["item"]] * block["times"]) if block else b""


def _lines(items: list[Any]) -> bytes:
    return "".join(_json(item) + "\n" for item in items).encode()


def _records(items: list[Mapping[str, Any]]) -> bytes:
    return b"".join(_record(item) for item in items)


def _record(item: Mapping[str, Any]) -> bytes:
    if "chunk" in item:
        inner = base64.b64encode(_json(item["chunk"]).encode()).decode()
        return eventstream.event("chunk", {"bytes": inner, "p": "abc"})
    if "exception" in item:
        return eventstream.exception(item["exception"], item["data"])
    made = bytearray(eventstream.event(item["event"], item["data"]))
    if "flip" in item:
        made[item["flip"]] ^= 1
    return bytes(made[: item.get("cut", len(made))])


ENCODERS = {
    "chat": _chat,
    "sse": _sse,
    "events": _events,
    "lines": _lines,
    "records": _records,
    "json": lambda value: _json(value).encode(),
    "json_text": str.encode,
    "body": str.encode,
    "bytes": lambda text: text.encode("latin-1").decode("unicode_escape").encode("latin-1"),
}
