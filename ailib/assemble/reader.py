"""One answer from its first byte to its end.

    bytes → decoder → frames → rules → raw events → assembler → events

The decoder is chosen by what arrives, not by what was asked for: providers answer a streaming
request with a plain error object, a plain request with a stream, and both with a login page. A
plain body is a stream of one frame.

The end: a terminator (``[DONE]``, or an event the manifest names) or a finish reason makes a good
end; end of input with neither is `TruncatedStreamError`, unless the manifest declares plain ends.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ailib.assemble.assembler import Assembler
from ailib.assemble.plan import AnswerPlan
from ailib.classify import REQUEST_ID_HEADERS, Classifier
from ailib.errors import (
    AiLibError,
    MalformedResponseError,
    RemoteError,
    TransportError,
    TruncatedStreamError,
)
from ailib.framing import Frame, FrameDecoder, detect
from ailib.mapping import Rules
from ailib.types import Candidate, ChatResponse, StreamEnd, StreamingEvent

NOT_AN_ANSWER = {"html": "an HTML page"}


@dataclass(frozen=True)
class Form:
    """How one form of answer is read: its decoder, its rules (compiled when the first answer of
    this form comes), whether frames may be bare text, and the field of a frame that holds the
    frame proper as base64 JSON."""

    format: str
    decoder: Callable[[], FrameDecoder]
    compile: Callable[[], Rules]
    bare_text: bool = False
    unwrap: str | None = None

    @cached_property
    def rules(self) -> Rules:
        """The compiled rules. Raises `RuleError`."""
        return self.compile()


class ResponseReader:
    """Reads one answer. ``done``: the terminator was seen, what follows does not matter."""

    def __init__(
        self,
        plan: AnswerPlan,
        classifier: Classifier,
        body: Form,
        stream: Form | None,
        identity: Mapping[str, Sequence[Callable[[Any], Any]]],
        *,
        status: int,
        headers: Mapping[str, str],
        streaming: bool,
    ) -> None:
        self._body, self._stream, self._plan = body, stream, plan
        self._streaming = streaming and stream is not None
        self._classifier, self._status, self._headers = classifier, status, headers
        self._identity = dict(identity)
        self._request_id = next((headers[n] for n in REQUEST_ID_HEADERS if headers.get(n)), None)
        self._assembler = Assembler(plan, self._remote_error)
        self._head = b""
        self._form = body
        self._decoder: FrameDecoder | None = None
        self._raw: Any = None
        self._error: AiLibError | None = None
        self.ended = False

    @property
    def done(self) -> bool:
        """Whether the answer is over, or an error waits for `close`."""
        return self.ended

    @property
    def whole(self) -> bool:
        """Whether the answer came to a good end: there is nothing more to read or to raise."""
        return self.ended and self._error is None

    @property
    def response(self) -> ChatResponse:
        """All that was received so far."""
        made = self._assembler
        return ChatResponse(
            candidates=made.built() or (Candidate(),),
            usage=made.usage,
            model=made.model,
            response_id=made.response_id,
            request_id=self._request_id,
            status_code=self._status,
            headers=self._headers,
            raw_response=self._raw,
        )

    def feed(self, data: bytes) -> list[StreamingEvent]:
        """The events that ``data`` completes.

        Raises `RemoteError` for an error in the stream, `ResponseError` for one that cannot be
        read; ``partial`` is set on both. An error behind events of the same read waits for
        `close`, ``done`` is set: so that no cutting of the bytes loses an event.
        """
        out: list[StreamingEvent] = []
        if not self.ended:
            self._guarded(self._take, data, out)
        return out

    def close(self) -> list[StreamingEvent]:
        """The events of the end of input. Call it at the end and when ``done``, and until it
        gives nothing: raises `TruncatedStreamError`, what `feed` does, and what waits."""
        if self._error is not None:
            raise self._error
        out: list[StreamingEvent] = []
        if not self.ended:
            self._guarded(self._take_last, b"", out)
        return out

    def _guarded(
        self,
        take: Callable[[bytes, list[StreamingEvent]], None],
        data: bytes,
        out: list[StreamingEvent],
    ) -> None:
        try:
            take(data, out)
        except AiLibError as error:
            self.ended = True
            self._error = error
            if error.partial is None:
                error.partial = self.response
            if isinstance(error, TransportError) and error.partial.first.blocks:
                # The half that was delivered cannot be taken back.
                error.retryable = False
            if not out:
                raise

    def _take(self, data: bytes, out: list[StreamingEvent]) -> None:
        if self._decoder is None:
            if not self._choose(data):
                return
            data, self._head = self._head, b""
        decoder = self._decoder_now()
        self._events(decoder.feed(data), out)
        if decoder.done:
            self._events(decoder.close(), out)
        if decoder.done or self._assembler.done:
            self._finish(out)

    def _take_last(self, data: bytes, out: list[StreamingEvent]) -> None:  # noqa: ARG002
        if self._decoder is None:
            self._set(self._asked())
            self._events(self._decoder_now().feed(self._head), out)
        self._events(self._decoder_now().close(), out)
        self._check_end()
        self._finish(out)

    def cancel(self) -> StreamEnd:
        """The terminal event of a cancelled stream."""
        self.ended = True
        return StreamEnd("cancelled", None, self._assembler.usage)

    def _asked(self) -> Form:
        return self._stream if self._streaming and self._stream else self._body

    def _choose(self, data: bytes) -> bool:
        """Settles the decoder by the first bytes; false while they say too little."""
        self._head += data
        if not self._streaming and self._head[:1] == b"{" and self._form.format == "json":
            # What was asked for, by its first byte.
            self._set(self._body)
            return True
        kind = detect(self._headers.get("content-type"), self._head)
        if kind is None:
            return False
        if kind in NOT_AN_ANSWER:
            raise MalformedResponseError(
                f"status {self._status} with {NOT_AN_ANSWER[kind]} where an answer was due",
                hint="look at the base URL, and for a proxy or a login page in between",
            )
        self._set(self._form_of(kind))
        return True

    def _form_of(self, kind: str) -> Form:
        asked = self._asked()
        if kind in (asked.format, "text"):
            return asked
        if self._stream is not None:
            if kind == self._stream.format:
                return self._stream
            if self._stream.format == "ndjson" and kind == "json" and self._streaming:
                return self._stream
            if kind == "json_array" and self._streaming:
                return replace(self._stream, format=kind, decoder=_json_array)
            if kind in ("sse", "ndjson", "eventstream"):
                return self._stream
        return self._body

    def _set(self, form: Form) -> None:
        self._form = form
        self._decoder = form.decoder()

    def _decoder_now(self) -> FrameDecoder:
        assert self._decoder is not None  # set before
        return self._decoder

    def _events(self, frames: list[Frame], out: list[StreamingEvent]) -> None:
        rules, take = self._form.rules, self._assembler.take
        for frame in frames:
            data = frame.data
            if frame.exception is not None:
                raise self._remote_error(data or frame.text, frame.exception)
            if data is None and not self._form.bare_text:
                self._refuse_text(frame)
                continue
            if self._form is self._body:
                self._raw = data
            if self._form.unwrap is not None:
                data = _unwrapped(data, self._form.unwrap)
            if self._identity:
                self._learn(data)
            take(rules(data, frame.event, frame.text, None), out)

    def _learn(self, data: Any) -> None:
        """The model's own name and the answer's id, the first that are not empty."""
        for name, paths in list(self._identity.items()):
            value = next((v for path in paths if (v := path(data))), None)
            if isinstance(value, str):
                setattr(self._assembler, name, value)
                del self._identity[name]

    def _refuse_text(self, frame: Frame) -> None:
        text = frame.text.strip()
        if text and text != "null":
            shown = text if len(text) <= 80 else f"{text[:80]}…"
            raise MalformedResponseError(f"a frame of the answer is not JSON: {shown!r}")

    def _check_end(self) -> None:
        if self._form is self._body:
            if not self._assembler.candidates:
                what = "no answer in it" if self._raw is not None else "an empty body"
                raise MalformedResponseError(f"status {self._status} with {what}")
            return
        if not (self._assembler.finished or self._plan.plain_eof):
            raise TruncatedStreamError(
                "the stream ended with neither a finish reason nor a terminator"
            )

    def _finish(self, out: list[StreamingEvent]) -> None:
        self.ended = True
        self._assembler.end(out)

    def _remote_error(self, body: Any, code: str | None = None) -> RemoteError:
        return self._classifier.classify_value(
            body, self._status, self._headers, now=None, code=code, in_stream=True
        )


def _unwrapped(data: Any, field: str) -> Any:
    """The frame inside a frame. Raises `MalformedResponseError`."""
    inner = data.get(field) if isinstance(data, dict) else None
    if not isinstance(inner, str):
        return data
    try:
        return json.loads(base64.b64decode(inner, validate=True))
    except ValueError:
        raise MalformedResponseError(
            f"the field {field!r} of a frame is no JSON in base64"
        ) from None


def _json_array() -> FrameDecoder:
    from ailib.framing import decoder  # noqa: PLC0415 - rare

    return decoder("json_array")
