"""Vices in what a client reads: bytes, status, headers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from conformance.adapters.vices.vice import Vice

Feed = Callable[[bytes], bytes]


def _each(change: Callable[[bytes], bytes]) -> Callable[[], Feed]:
    """A change of each piece that remembers nothing."""
    return lambda: change


def _replacing(old: bytes, new: bytes) -> Callable[[], Feed]:
    return _each(lambda data: data.replace(old, new))


def _decoded_apart(data: bytes) -> bytes:
    return data.decode("utf-8", "replace").encode()


def _first_piece_only() -> Feed:
    seen = False

    def feed(data: bytes) -> bytes:
        nonlocal seen
        kept, seen = b"" if seen else data, True
        return kept

    return feed


def _held_back() -> Feed:
    """Frames only at LF LF: others wait until one comes."""
    held = b""

    def feed(data: bytes) -> bytes:
        nonlocal held
        held += data
        whole, mark, held = held.rpartition(b"\n\n")
        return whole + mark

    return feed


def _without_frames(pattern: bytes) -> Callable[[], Feed]:
    expression = re.compile(rb"(?:event: [^\n]*\n)?data: [^\n]*" + pattern + rb"[^\n]*\n\n")
    return _each(lambda data: expression.sub(b"", data))


def _dropping(*names: str) -> Callable[[int, dict[str, str]], tuple[int, dict[str, str]]]:
    def change(status: int, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
        return status, {name: value for name, value in headers.items() if name not in names}

    return change


def _retry_after(
    read: Callable[[str], str | None],
) -> Callable[[int, dict[str, str]], tuple[int, dict[str, str]]]:
    def change(status: int, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
        value = read(headers["retry-after"]) if "retry-after" in headers else None
        kept = {name: text for name, text in headers.items() if name != "retry-after"}
        return status, kept if value is None else {**kept, "retry-after": value}

    return change


def _status(
    change: Callable[[int], int],
) -> Callable[[int, dict[str, str]], tuple[int, dict[str, str]]]:
    return lambda status, headers: (change(status), headers)


def _whole_seconds(text: str) -> str | None:
    return str(int(float(text))) if text.replace(".", "").isdigit() else text


_FINISHED = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}

READING = (
    Vice("splits-on-u2028", body=_replacing("\u2028".encode(), b"\n")),
    Vice("splits-on-u0085", body=_replacing("\u0085".encode(), b"\n")),
    Vice("decodes-each-piece", body=_each(_decoded_apart)),
    Vice("reads-the-first-piece-only", body=_first_piece_only),
    Vice("frames-at-lf-lf-only", body=_held_back),
    Vice("needs-a-space-after-the-colon", body=_each(lambda d: d.replace(b"data:{", b"dat:{"))),
    Vice("takes-comments-for-data", body=_each(lambda d: re.sub(rb"(?m)^: ", b"data: ", d))),
    Vice("keeps-the-byte-order-mark", body=_each(lambda d: d.replace(b"\xef\xbb\xbf", b"x"))),
    Vice("forgets-carriage-returns", body=_replacing(b"\r", b"")),
    Vice("trusts-the-end", end=b"\n\ndata: " + json.dumps(_FINISHED).encode() + b"\n\n"),
    Vice("swallows-errors-in-a-stream", body=_without_frames(rb'"error":')),
    Vice("swallows-usage", body=_without_frames(rb'"choices":\[\],"usage"')),
    Vice("ignores-retry-after", head=_dropping("retry-after", "retry-after-ms")),
    Vice("ignores-retry-after-ms", head=_dropping("retry-after-ms")),
    Vice("reads-no-http-dates", head=_retry_after(lambda t: t if t[:1].isdigit() else None)),
    Vice("reads-whole-seconds", head=_retry_after(_whole_seconds)),
    Vice(
        "takes-seconds-for-milliseconds",
        head=_retry_after(lambda t: str(float(t) / 1000) if t.isdigit() else t),
    ),
    Vice(
        "waits-for-any-word",
        head=_retry_after(lambda t: t if t[:1].isalnum() and t[-1:] != "n" else "1"),
    ),
    Vice("ignores-should-retry", head=_dropping("x-should-retry")),
    Vice(
        "ignores-rate-limit-resets",
        head=_dropping(
            "x-ratelimit-reset-requests",
            "x-ratelimit-reset-tokens",
            "anthropic-ratelimit-requests-reset",
        ),
    ),
    Vice("takes-529-for-a-bad-request", head=_status(lambda s: 400 if s == 529 else s)),
    Vice("takes-408-for-a-bad-request", head=_status(lambda s: 400 if s == 408 else s)),
    Vice("takes-409-for-a-bad-request", head=_status(lambda s: 400 if s == 409 else s)),
    Vice("takes-413-for-a-bad-request", head=_status(lambda s: 400 if s == 413 else s)),
    Vice("takes-404-for-a-server-error", head=_status(lambda s: 500 if s == 404 else s)),
    Vice("takes-401-for-a-server-error", head=_status(lambda s: 500 if s == 401 else s)),
    Vice("takes-400-for-overload", head=_status(lambda s: 503 if s == 400 else s)),
    Vice("takes-400-for-a-server-error", head=_status(lambda s: 500 if s == 400 else s)),
    Vice("sees-no-error-in-a-200", body=_replacing(b'"error"', b'"erro"')),
    Vice("dies-of-unknown-events", body=_each(lambda d: d.replace(b'{"type":"brand_new"', b"{"))),
    Vice("takes-5xx-for-an-answer", head=_status(lambda s: 200 if s >= 500 else s)),
)
