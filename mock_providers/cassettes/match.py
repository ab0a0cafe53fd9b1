"""Which recorded interaction answers a request, and what the nearest one has different.

Compared are method, path with query, a few headers that change the answer's form, and the body:
as JSON where it is JSON, else byte by byte. Both sides are without their secrets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mock_providers.cassettes.model import Request

HEADERS = ("anthropic-version", "x-dashscope-sse", "x-amz-target")


def differences(asked: Request, recorded: Request) -> list[str]:
    """What differs, one line each, body members by JSON pointer; empty for a match."""
    found = [
        f"{what}: recorded {old!r}, asked {new!r}"
        for what, old, new in (
            ("method", recorded.method, asked.method),
            ("path", urlsplit(recorded.uri).path, urlsplit(asked.uri).path),
            ("query", _query(recorded), _query(asked)),
            *((name, _header(recorded, name), _header(asked, name)) for name in HEADERS),
        )
        if old != new
    ]
    return found + list(_body_differences(recorded.body, asked.body))


def nearest(asked: Request, recorded: Sequence[Request]) -> tuple[int, list[str]] | None:
    """The index of the request with the fewest differences, and these; `None` for none."""
    scored = [(differences(asked, one), index) for index, one in enumerate(recorded)]
    if not scored:
        return None
    found, index = min(scored, key=lambda pair: (len(pair[0]), pair[1]))
    return index, found


def _query(request: Request) -> list[tuple[str, str]]:
    return sorted(parse_qsl(urlsplit(request.uri).query, keep_blank_values=True))


def _header(request: Request, name: str) -> str | None:
    return next((value for key, value in request.headers if key.lower() == name), None)


def _body_differences(old: bytes, new: bytes) -> Iterator[str]:
    if old == new:
        return
    try:
        yield from _json_differences(json.loads(old), json.loads(new), "")
    except ValueError:
        yield f"body: recorded {old[:60]!r}, asked {new[:60]!r}"


def _json_differences(old: Any, new: Any, pointer: str) -> Iterator[str]:
    match old, new:
        case dict(), dict():
            for key in sorted(old.keys() | new.keys()):
                here = f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
                if key not in new:
                    yield f"body {here}: recorded {old[key]!r:.60}, not asked"
                elif key not in old:
                    yield f"body {here}: asked {new[key]!r:.60}, not recorded"
                else:
                    yield from _json_differences(old[key], new[key], here)
        case list(), list() if len(old) == len(new):
            for index, (one, other) in enumerate(zip(old, new, strict=True)):
                yield from _json_differences(one, other, f"{pointer}/{index}")
        case _ if old != new or isinstance(old, bool) != isinstance(new, bool):
            yield f"body {pointer or '/'}: recorded {old!r:.60}, asked {new!r:.60}"
