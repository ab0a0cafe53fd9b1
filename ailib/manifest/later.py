"""Answers that are made later: the first answer is a job, with an address to ask.

later:
  until: "$.status in ['succeeded', 'failed', 'canceled']"    the job is over
  url: $.urls.get                                             where to ask for it
  stream_url: $.urls.stream                                   where its stream comes from
  every: 1.0                                                  seconds between questions
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ailib.errors import MalformedResponseError
from ailib.mapping import compile_condition, compile_path
from ailib.transport.base import HttpRequest

# What the next request takes over of the first whatever its host.
HARMLESS = ("user-agent",)


@dataclass(frozen=True, slots=True)
class Later:
    """A compiled ``later`` block."""

    until: str
    url: str
    stream_url: str | None = None
    every: float = 1.0

    def next(self, job: Any, first: HttpRequest, *, stream: bool) -> HttpRequest | None:
        """The request to make next, ``None`` where ``job`` is over.

        The key goes with it only to the host of the first request. Raises
        `MalformedResponseError` where the job names no address.
        """
        if compile_condition(self.until)(job):
            return None
        if stream and self.stream_url is not None:
            return _get(_address(job, self.stream_url), first, "text/event-stream")
        return _get(_address(job, self.url), first, "application/json")


def read_later(spec: Mapping[str, Any] | None) -> Later | None:
    """The block of an API; ``None`` where it has none. Raises `ExpressionError`."""
    if not spec:
        return None
    compile_condition(spec["until"])
    compile_path(spec["url"])
    return Later(spec["until"], spec["url"], spec.get("stream_url"), float(spec.get("every", 1.0)))


def _address(job: Any, path: str) -> str:
    address = compile_path(path)(job)
    if not isinstance(address, str) or urlsplit(address).scheme not in ("http", "https"):
        raise MalformedResponseError(f"the job has no address at {path}")
    return address


def _get(url: str, first: HttpRequest, accept: str) -> HttpRequest:
    here, there = urlsplit(first.url), urlsplit(url)
    same = (here.scheme, here.netloc) == (there.scheme, there.netloc)
    kept = tuple(
        (name, value)
        for name, value in first.headers
        if (same or name in HARMLESS) and name not in ("accept", "content-type", "prefer")
    )
    return HttpRequest("GET", url, (*kept, ("accept", accept)))
