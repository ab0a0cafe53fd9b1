"""Recorded exchanges with providers, and the ways their bytes may arrive.

The files and their fields are described in ``../shared/traffic/README.md``.
"""

from __future__ import annotations

import base64
import functools
import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.shared import SHARED

FILES = ("traffic/dev.jsonl.gz", "traffic/expected.jsonl.gz")

# Framing of the transfer, not of the answer: the server that replays sets its own.
HOP_BY_HOP = {"connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Exchange:
    """One recorded exchange; ``expected`` is ``None`` where there is no neutral reading."""

    id: str
    provider: str
    api: str
    kind: str
    url: str
    request: Mapping[str, Any]
    status: int
    headers: Mapping[str, str]
    body: bytes
    stream_kind: str | None
    source: str
    expected: Mapping[str, Any] | None

    @property
    def stream(self) -> bool:
        return self.stream_kind is not None

    @property
    def name(self) -> str:
        return f"{self.id} {self.api} {self.kind} {self.status} ({self.source})"


def available() -> bool:
    return all(SHARED.joinpath(name).exists() for name in FILES)


@functools.cache
def exchanges() -> tuple[Exchange, ...]:
    """All exchanges of the development split, in the order of the file."""
    bodies, readings = (SHARED.joinpath(name) for name in FILES)
    expected = {row["id"]: row["expected"] for row in _rows(readings)}
    return tuple(_exchange(row, expected.get(row["id"])) for row in _rows(bodies))


def _rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _exchange(row: Mapping[str, Any], expected: Mapping[str, Any] | None) -> Exchange:
    text = row["body"]
    request = row["request_json"]
    return Exchange(
        id=row["id"],
        provider=row["provider"],
        api=row["api"],
        kind=row["kind"],
        url=row["url"],
        request=request if isinstance(request, dict) else {},
        status=row["status"],
        headers={k: v for k, v in row["response_headers"].items() if k not in HOP_BY_HOP},
        body=base64.b64decode(text) if row["body_encoding"] == "base64" else text.encode(),
        stream_kind=row["stream_kind"] if row["is_stream"] else None,
        source=f"{row['source_repo']}:{row['path']}#{row['index']}",
        expected=expected,
    )


def pieces(exchange: Exchange, way: str) -> list[bytes]:
    """The body as it arrives: ``whole``, ``frames``, ``7 bytes``, ``bytes``."""
    body = exchange.body
    match way:
        case "whole":
            return [body] if body else []
        case "frames":
            return list(_frames(exchange))
        case "7 bytes":
            return [body[i : i + 7] for i in range(0, len(body), 7)]
        case _:
            return [body[i : i + 1] for i in range(len(body))]


def _frames(exchange: Exchange) -> list[bytes]:
    body = exchange.body
    if exchange.stream_kind == "eventstream":
        return _records(body)
    ends = rb".*?(?:\r\n\r\n|\n\n|\r\r|\Z)" if exchange.stream_kind == "sse" else rb".*?(?:\n|\Z)"
    return [part for part in re.findall(ends, body, re.DOTALL) if part]


def _records(body: bytes) -> list[bytes]:
    records, at = [], 0
    while at < len(body):
        end = at + int.from_bytes(body[at : at + 4])
        records.append(body[at:end])
        at = end
    return records
