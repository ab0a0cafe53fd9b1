"""What an error body says, whatever its form: one table of places to look."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from ailib.mapping.expressions import find_all

MAX_MESSAGE: Final = 2000
"""Characters of a message that are kept; an HTML page has no business in an exception."""


@cache
def standard() -> Mapping[str, Any]:
    """The table of ``manifests/errors.yaml``."""
    text = resources.files("ailib.manifests").joinpath("errors.yaml").read_text("utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: Mapping[str, Any] = yaml.load(text, loader)
    return loaded


REQUEST_ID_HEADERS: Final[tuple[str, ...]] = tuple(standard()["headers"]["request_id"])


@dataclass(frozen=True, slots=True)
class Envelope:
    """The parts of an error body; ``codes`` and ``types`` as text, in order of trust."""

    codes: tuple[str, ...]
    types: tuple[str, ...]
    message: str
    param: str | None
    request_id: str | None
    status: int | None
    retry_after: tuple[str, ...]


def parse_body(body: bytes) -> Any:
    """The JSON value of a body, or its text where it is none."""
    text = body.decode("utf-8", "replace").strip().removeprefix("\ufeff")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def open_envelope(body: Any, places: Mapping[str, Sequence[str]]) -> Envelope:
    """Reads ``body`` (a JSON value, or text that is none) at ``places``."""
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        text = body if isinstance(body, str) else json.dumps(body)
        return Envelope((), (), text[:MAX_MESSAGE], None, None, None, ())
    found = {name: _values(body, paths) for name, paths in places.items()}
    message = next((text for v in found["message"] if (text := _message(v))), "")
    return Envelope(
        codes=_words(found["code"]),
        types=_words(found["type"]),
        message=message[:MAX_MESSAGE],
        param=next(iter(_texts(found["param"])), None),
        request_id=next(iter(_texts(found["request_id"])), None),
        status=next((s for v in found["status"] if (s := _status(v))), None),
        retry_after=tuple(_texts(found["retry_after"])),
    )


def _values(body: Any, paths: Iterable[str]) -> list[Any]:
    return [value for path in paths for value in find_all(path, body)]


def _texts(values: Iterable[Any]) -> list[str]:
    scalars = (v for v in values if isinstance(v, str | int | float) and not isinstance(v, bool))
    return [str(value) for value in scalars if str(value).strip()]


def _words(values: Iterable[Any]) -> tuple[str, ...]:
    """Codes without the noise of some envelopes: ``"type": "error"`` beside the real one, a
    namespace before ``#`` (AWS)."""
    words = (word.rpartition("#")[2] for word in _texts(values))
    return tuple(dict.fromkeys(word for word in words if word != "error"))


def _message(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    return json.dumps(value, ensure_ascii=False) if value and not isinstance(value, bool) else ""


def is_status(word: str) -> bool:
    """Whether a code is no more than an HTTP error status."""
    return word.isdigit() and 400 <= int(word) < 600


def _status(value: Any) -> int | None:
    return int(value) if is_status(str(value)) else None
