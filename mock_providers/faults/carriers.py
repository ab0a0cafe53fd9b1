"""Where a request carries its faults, and the request without them.

Five places, for callers who can set only one of them: the header ``X-Mock-Fault``, the model
(``gpt-4o::FAULT``), the API key (``sk-mock-FAULT``), the URL (``/fault/FAULT/…``), and the
``X-Mock-*`` headers of ai-protocol-mock. Several at once add up. What is left is the request a
real client would have sent, so that validation and authentication see nothing of the carrier.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from mock_providers.dialects.base import Inbound
from mock_providers.faults.grammar import FaultSyntaxError, joined, parse
from mock_providers.faults.plan import FaultPlan

HEADER = "x-mock-fault"
KEY_PREFIX = "sk-mock-"
MODEL_MARK = "::"
KEY_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
KEY_QUERY = "key"

_URL = re.compile(r"/fault/([^/]+)(?=/|$)")
_MODEL_IN_PATH = re.compile(r"::([^/]*?)(?=(?::[A-Za-z]+)?(?:/|$))")
_PLAIN_KEY = re.compile(r"[0-9a-fA-F]{12,}")
"""What follows ``sk-mock-`` in an ordinary key (the profiles' examples have this form)."""
_SCHEMES = ("", "bearer", "token", "key")
_YES = ("1", "true", "yes")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What ai-protocol-mock's headers ask of the answer itself; no faults.

    ``tool_calls``: single, parallel, recursive (as many rounds as ``tool_depth``).
    """

    content: str | None = None
    tool_calls: str | None = None
    tool_depth: int = 1
    reasoning: bool = False
    video_terminal: str | None = None

    def __bool__(self) -> bool:
        return self != _NO_WISHES


_NO_WISHES = Wishes()
_NO_PLAN = FaultPlan()
_NO_PLAN = FaultPlan()


@dataclass(frozen=True, slots=True)
class Carried:
    """A request without its carriers, the faults they asked for, and further wishes."""

    inbound: Inbound
    plan: FaultPlan = _NO_PLAN
    wishes: Wishes = _NO_WISHES


def clean_path(path: str) -> tuple[str, tuple[str, ...]]:
    """A decoded path without ``/fault/FAULT`` and ``::FAULT``, and the texts of these faults.
    To be called before routing; the texts go to `find`."""
    if "/fault/" not in path and MODEL_MARK not in path:
        return path, ()
    texts = [unquote(found) for found in _URL.findall(path)]
    path = _URL.sub("", path)
    texts += _MODEL_IN_PATH.findall(path)
    return _MODEL_IN_PATH.sub("", path) or "/", tuple(texts)


def find(inbound: Inbound, *texts: str, key: str = "sk-mock") -> Carried:
    """The faults of a request and the request without them.

    ``texts`` are those that `clean_path` found; ``key`` is a well-formed key
    of the provider, which takes the place of one that carried a fault. Raises `FaultSyntaxError`,
    which names the carrier.
    """
    plans = [_parse(text, "URL") for text in texts]
    headers = inbound.headers
    wishes = _NO_WISHES
    if "x-mock-" in " ".join(headers):  # on every request, so quicker than a loop
        if HEADER in headers:
            plans.append(_parse(headers[HEADER], "header X-Mock-Fault"))
        plans += [_parse(text, f"header {name}") for name, text in _aliases(headers)]
        wishes = _wishes(headers)
        kept = {n: v for n, v in headers.items() if n not in _CONTROLS}
        inbound = replace(inbound, headers=kept)
    inbound, text = _take_key(inbound, key)
    if text:
        plans.append(_parse(text, "API key"))
    inbound, text = _take_model(inbound)
    if text:
        plans.append(_parse(text, "model"))
    return Carried(inbound, joined(*plans) if plans else _NO_PLAN, wishes)


def _parse(text: str, where: str) -> FaultPlan:
    try:
        return parse(text)
    except FaultSyntaxError as error:
        raise FaultSyntaxError(f"{where}: {error.what}", error.text, error.column - 1) from None


def _take_key(inbound: Inbound, key: str) -> tuple[Inbound, str]:
    headers = inbound.headers
    for name in KEY_HEADERS:
        value = headers.get(name)
        if value is None or KEY_PREFIX not in value:
            continue
        scheme, _, text = value.partition(KEY_PREFIX)
        if scheme.strip().lower() in _SCHEMES and not _PLAIN_KEY.fullmatch(text):
            return replace(inbound, headers={**headers, name: scheme + key}), text
    value = inbound.query.get(KEY_QUERY, "")
    text = value.removeprefix(KEY_PREFIX)
    if text != value and not _PLAIN_KEY.fullmatch(text):
        return replace(inbound, query={**inbound.query, KEY_QUERY: key}), text
    return inbound, ""


def _take_model(inbound: Inbound) -> tuple[Inbound, str]:
    body = inbound.json
    model = body.get("model") if isinstance(body, dict) else None
    if not isinstance(model, str) or MODEL_MARK not in model:
        return inbound, ""
    name, _, text = model.partition(MODEL_MARK)
    cleaned = {**body, "model": name}
    return replace(inbound, json=cleaned, body=json.dumps(cleaned).encode()), text


_ERROR_ALIASES = {
    "context_overflow": "context_length",
    "content_filter": "content_filter",
    "rate_limit": "rate_limited;retry_after=5",
    "stream_interrupt": "truncate(after=3,mode=clean)",
}


def _aliases(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """ai-protocol-mock's headers in our grammar; like there, an error wins over a status."""
    if (error := headers.get("x-mock-error")) is not None:
        yield "X-Mock-Error", _ERROR_ALIASES.get(error, error)
    elif (status := headers.get("x-mock-status")) is not None:
        yield "X-Mock-Status", status
    if (timeout := headers.get("x-mock-timeout-ms")) is not None:
        yield "X-Mock-Timeout-Ms", f"stall(at=headers,for={timeout}ms)"
    if headers.get("x-mock-invalid-content-type", "").lower() in _YES:
        yield "X-Mock-Invalid-Content-Type", _INVALID_CONTENT_TYPE
    if (form := headers.get("x-mock-usage-format")) is not None:
        yield "X-Mock-Usage-Format", f"usage({form})"


def _wishes(headers: Mapping[str, str]) -> Wishes:
    tools = headers.get("x-mock-tool-calls", "").lower()
    depth = headers.get("x-mock-tool-depth", "1")
    return Wishes(
        content=headers.get("x-mock-content"),
        tool_calls="single" if tools in _YES else tools or None,
        tool_depth=int(depth) if depth.isdecimal() else 1,
        reasoning=headers.get("x-mock-reasoning", "").lower() in _YES,
        video_terminal=headers.get("x-mock-video-terminal"),
    )


_INVALID_CONTENT_TYPE = 'body("mock-invalid-content-type",ctype=plain)'
_CONTROLS = frozenset(
    {
        HEADER,
        "x-mock-error",
        "x-mock-status",
        "x-mock-timeout-ms",
        "x-mock-invalid-content-type",
        "x-mock-content",
        "x-mock-tool-calls",
        "x-mock-tool-depth",
        "x-mock-reasoning",
        "x-mock-usage-format",
        "x-mock-video-terminal",
    }
)
"""Headers taken out of a request. ``X-Mock-Test`` stays: attempts are counted by it."""
