"""An entry as JSON, without secrets.

Keys of the credential headers and of the query are replaced by name; what they held, and whatever
has the form of a key, is then taken out of everything else, in every spelling.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from mock_providers.answer import Call, Reasoning, Refusal, Text, Turn
from mock_providers.cassettes.model import Request
from mock_providers.cassettes.search import Search
from mock_providers.cassettes.secrets import PLACEHOLDER, named_secrets
from mock_providers.journal.entry import Entry

_CREDENTIAL = re.compile(
    r"auth|api-key|cookie|secret|token$|signature|password|x-goog-api-key", re.IGNORECASE
)
_BODY_SHOWN = 64 * 1024


class Redactor:
    """Takes the secrets of one request out of texts."""

    def __init__(self, entry: Entry) -> None:
        request = entry.request
        query = urlencode(list(request.query.items()))
        asked = Request(
            request.method,
            f"http://mock{request.path}?{query}",
            tuple(request.headers.items()),
            request.body[:_BODY_SHOWN],
        )
        self._search = Search(named_secrets(asked))

    def text(self, text: str) -> str:
        """The text without secrets."""
        raw = text.encode("utf-8", "surrogatepass").decode("latin-1")
        return self._search.redact(raw).encode("latin-1").decode("utf-8", "replace")

    def named(self, items: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Headers or parameters, those that hold credentials hidden."""
        return {
            name: PLACEHOLDER
            if _CREDENTIAL.search(name) or name.lower() == "key"
            else self.text(value)
            for name, value in items
        }


def summary(entry: Entry) -> dict[str, Any]:
    """An entry in a line: what the list and the live page show."""
    redactor = Redactor(entry)
    return {
        "id": entry.id,
        "at": datetime.fromtimestamp(entry.at, UTC).isoformat(),
        "provider": entry.provider,
        "operation": entry.operation,
        "model": redactor.text(entry.model),
        "method": entry.request.method,
        "path": redactor.text(entry.request.path),
        "stream": entry.stream,
        "status": entry.status,
        "end": entry.end,
        "size": entry.size,
        "seconds": round(entry.seconds, 6),
        "error": entry.error,
        "faults": list(entry.faults),
        "fixture": entry.fixture,
        "test": entry.test,
        "notes": [redactor.text(note) for note in entry.notes],
    }


def view(entry: Entry) -> dict[str, Any]:
    """An entry with the request's headers, query and body and the answer's content."""
    redactor = Redactor(entry)
    request = entry.request
    return summary(entry) | {
        "request": {
            "headers": redactor.named(request.headers.items()),
            "query": redactor.named(request.query.items()),
            "body": _body(request.body, redactor),
        },
        "answer": None if entry.turn is None else _turn(entry.turn),
    }


def _body(body: bytes, redactor: Redactor) -> Any:
    if not body:
        return None
    text = redactor.text(body[:_BODY_SHOWN].decode("utf-8", "replace"))
    if len(body) > _BODY_SHOWN:
        return {"truncated": text, "size": len(body)}
    try:
        return json.loads(text)
    except ValueError:
        return text


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "usage": {"input": turn.usage.input, "output": turn.usage.output},
        "candidates": [
            {"finish": answer.finish, "parts": [_part(part) for part in answer.parts]}
            for answer in turn.answers
        ],
    }


def _part(part: Text | Reasoning | Call | Refusal) -> dict[str, Any]:
    if isinstance(part, Call):
        return {"call": part.name, "arguments": part.whole}
    return {type(part).__name__.lower(): part.whole}
