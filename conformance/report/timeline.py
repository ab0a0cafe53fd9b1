"""A transcript as one list of moments: what the server saw and sent, what the client said."""

from __future__ import annotations

import json
from typing import Any

from conformance.model import Case, Transcript

Moment = tuple[float, str, str, str]
"""Milliseconds of the loop's clock, who (client, request, server), what, the detail."""

# Within one moment, in the order things can only have happened.
_ORDER = {"call": 0, "opened": 1, "request": 2, "sent": 3}
_LONGEST_DETAIL = 6000


def timeline(case: Case, transcript: Transcript) -> list[Moment]:
    """All moments in order of time."""
    moments: list[Moment] = []
    for number, (asked, call) in enumerate(zip(case.calls, transcript.calls, strict=False)):
        detail = {k: v for k, v in asked.items() if k != "expect"}
        moments.append((_ms(call.started), "client", f"call {number}", _text(detail)))
        moments += [
            (_ms(event.at), "client", event.kind.replace("_", " "), _text(event.data))
            for event in call.events
        ]
        if call.ended is not None:
            what = "error" if call.error is not None else "answer"
            moments.append((_ms(call.ended), "client", what, _text(call.error or call.response)))
    for number, request in enumerate(transcript.requests):
        query = f"?{request.query}" if request.query else ""
        lines = [f"{request.method} {request.path}{query}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        lines += ["", _text(request.body)]
        moments.append((_ms(request.at), "request", f"request {number}", "\n".join(lines)))
    for record in transcript.wire:
        what = f"{record.what} (connection {record.connection})"
        if record.writes > 1:
            what = f"sent in {record.writes} writes (connection {record.connection})"
        moments.append((_ms(record.at), "server", what, _cut(_bytes(record.data))))
    return sorted(moments, key=lambda moment: (moment[0], _rank(moment)))


def _rank(moment: Moment) -> int:
    word = moment[2].split()[0]
    return _ORDER.get(word, 6 if word in {"answer", "error"} else 7 if word == "closed" else 5)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _text(value: Any) -> str:
    return _cut(json.dumps(value, ensure_ascii=False, sort_keys=True))


def _cut(text: str) -> str:
    left = len(text) - _LONGEST_DETAIL
    return text if left <= 0 else f"{text[:_LONGEST_DETAIL]}… ({left} more)"


def _bytes(data: str) -> str:
    """Bytes as readable text: UTF-8 where they are, line ends visible and kept."""
    try:
        text = data.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        text = data
    shown = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n\n")
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in shown)
