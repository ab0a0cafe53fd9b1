"""Answers that are refusals: the provider's own row for the failure, with a hint when to retry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate

from mock_providers.faults.http import content_type
from mock_providers.faults.plan import Active, Fault
from mock_providers.faults.script import Piece, Script, Wire
from mock_providers.faults.spec import Param, Spec

ERROR = "error"
"""Name of the fault behind every bare status or error name (``429``, ``overloaded``)."""

_A_DAY = 86400.0


def _junk(_now: float) -> str:
    return "soon"


def _past(now: float) -> str:
    return formatdate(now - _A_DAY, usegmt=True)


_HINTS: dict[str, Callable[[float], str]] = {"junk": _junk, "past": _past}


def refusing(active: Active) -> Fault | None:
    """The fault that refuses the request, if one does; the first of several."""
    return next((fault for fault in active if fault.name == ERROR), None)


def retry_headers(fault: Fault, now: float) -> tuple[tuple[str, str], ...]:
    """The headers a refusing fault asks for, to be put in place of the row's own.

    ``now`` is UTC in seconds; a date in a header is reckoned from it.
    """
    headers: list[tuple[str, str]] = []
    if (text := fault["retry_after"]) is not None:
        headers.append(("retry-after", _hint(text, now)))
    if (milliseconds := fault["retry_after_ms"]) is not None:
        headers.append(("retry-after-ms", milliseconds))
    if (should := fault["should_retry"]) is not None:
        headers.append(("x-should-retry", "true" if should else "false"))
    return tuple(headers)


def _hint(text: str, now: float) -> str:
    if text.startswith("date:"):
        return formatdate(now + float(text.removeprefix("date:")), usegmt=True)
    return _HINTS[text](now) if text in _HINTS else text


def retry_seconds(fault: Fault) -> float | None:
    """The delay as a number, for rows that tell it in their body (``RetryInfo``, a sentence)."""
    for text in (fault["retry_info"], fault["retry_after"]):
        try:
            return float(str(text).removeprefix("date:"))
        except ValueError:
            continue
    return None


_BODIES = {"empty": b"", "text": b"upstream connect error or disconnect/reset before headers"}


def _overridden(script: Script, fault: Fault, _wire: Wire) -> Script:
    """The provider's refusal under another status, type or body."""
    if script.stream or script.head is None:
        return script
    status, kind, body = fault["status"], fault["ctype"], fault["body"]
    if status is not None:
        script = script.with_head(lambda head: replace(head, status=status))
    if kind is not None:
        script = script.with_head(lambda head: replace(head, content_type=content_type(kind)))
    return replace(script, ops=(Piece(_BODIES[body]),)) if body in _BODIES else script


FAULTS = (
    Spec(
        ERROR,
        "error",
        "the provider's own answer to a failure, by status or by name of its error table, with "
        "hints when to retry; `429` and `overloaded` alone are short for `error(429)`",
        "429;retry_after=2",
        ("H1", "H2", "H3", "H4", "H5", "H7", "H8", "H9", "H10", "H11", "H12", "H13"),
        (
            Param("error", about="status or name"),
            Param(
                "retry_after",
                about="as it stands in the header: `2`, `1.5`, `-5`; `date:3` for a date in "
                "three seconds, `past`, `junk`",
            ),
            Param("retry_after_ms", about="header `retry-after-ms`"),
            Param("should_retry", "flag", about="header `x-should-retry`"),
            Param("retry_info", "number", about="seconds in the body (Google's `RetryInfo`)"),
            Param("status", "int", about="another status for the same body (200 …)"),
            Param("ctype", about="another content type (plain, octet, none …)"),
            Param("body", choices=("own", *_BODIES), about="no body, or text that is no JSON"),
        ),
        _overridden,
    ),
)
