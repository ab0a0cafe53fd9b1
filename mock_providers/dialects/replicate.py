"""Replicate's predictions: a job is created, looked up, and its text streamed from another URL.

The mocks keep no jobs: a look-up and a stream of an id tell the text drawn from that id. With
``Prefer: wait`` the first answer has its output already. The URLs lead back to the mock.
Evidence: the vendor's documentation; census replicate.other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

from mock_providers.answer.model import Ask, AskedMessage, Text, Turn
from mock_providers.answer.words import prose
from mock_providers.dialects.base import Context, Inbound, WireEvent
from mock_providers.dialects.reading import integer, mapping, text
from mock_providers.dialects.wire import compact
from mock_providers.profiles.ids import compile_id

_id = compile_id("{alnum:26}")
_version = compile_id("{hex:64}")


class Replicate:
    """``/v1/predictions``, ``/v1/models/{owner}/{name}/predictions``, ``/v1/predictions/{id}``."""

    name = "replicate"

    def ask(self, inbound: Inbound, operation: str) -> Ask:
        body = mapping(inbound.json)
        given = mapping(body.get("input"))
        system = text(given.get("system_prompt"))
        head = (AskedMessage("system", system),) if system else ()
        waits = "wait" in inbound.headers.get("prefer", "")
        known = inbound.params.get("id", "")
        return Ask(
            operation=operation,
            model=_model(inbound, body),
            stream=bool(known) and "text/event-stream" in inbound.headers.get("accept", ""),
            messages=(*head, AskedMessage("user", text(given.get("prompt")))),
            max_tokens=integer(given.get("max_tokens", given.get("max_new_tokens"))),
            seed=integer(given.get("seed")),
            form=known or ("wait" if waits else "start"),
            raw={**body, "_host": inbound.headers.get("host", "")},
        )

    def body(self, turn: Turn, ask: Ask, context: Context) -> Any:
        started = ask.form == "start"
        known = _id(context.random) if ask.form in ("start", "wait") else ask.form
        output = None if started else list(_said(turn, ask, known))
        return _prediction(ask, context, known, "starting" if started else "succeeded", output)

    def events(self, turn: Turn, ask: Ask, context: Context) -> Iterator[WireEvent]:
        for piece in _said(turn, ask, ask.form):
            yield WireEvent("delta", piece, "output")
        yield WireEvent("finish", "{}", "done")

    def frame(self, event: WireEvent) -> bytes:
        data = event.data if isinstance(event.data, str) else compact(event.data).decode()
        lines = "".join(f"data: {line}\n" for line in data.split("\n"))
        return f"event: {event.name}\nid: 1755600000:0\n{lines}\n".encode()

    def encode(self, body: Any) -> bytes:
        return compact(body)

    def content_type(self, ask: Ask, context: Context) -> str:
        return "text/event-stream" if ask.stream else "application/json"


def _model(inbound: Inbound, body: Any) -> str:
    owner, name = inbound.params.get("owner", ""), inbound.params.get("name", "")
    return f"{owner}/{name}" if owner else text(mapping(body).get("version"))


def _said(turn: Turn, ask: Ask, known: str) -> tuple[str, ...]:
    """The text of a prediction: of the answer, or for a look-up by its id."""
    if ask.form in ("start", "wait"):
        texts = (part for part in turn.answers[0].parts if isinstance(part, Text))
        return tuple(piece for part in texts for piece in part.pieces)
    return prose(Random(known))


def _prediction(
    ask: Ask, context: Context, known: str, status: str, output: list[str] | None
) -> dict[str, Any]:
    now = datetime.fromtimestamp(context.now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    done = output is not None
    urls = f"http://{ask.raw['_host']}/{context.provider}/v1/predictions/{known}"
    return {
        "id": known,
        "model": ask.model,
        "version": _version(Random(ask.model)),
        "input": mapping(ask.raw.get("input")),
        "logs": "",
        "output": output,
        "data_removed": False,
        "error": None,
        "source": "api",
        "status": status,
        "created_at": now,
        "started_at": now if done else None,
        "completed_at": now if done else None,
        "urls": {
            "cancel": f"{urls}/cancel",
            "get": urls,
            "stream": urls,
        },
        "metrics": {"predict_time": 0.9, "total_time": 1.0} if done else {},
    }
