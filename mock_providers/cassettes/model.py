"""Recorded exchanges as values: what was asked, what came back, in which pieces and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Origin = Literal["mock", "documented", "live"]
"""Where an answer comes from: one of these mocks, a vendor's documentation, the real API."""

End = Literal["done", "fin", "rst"]
"""How an answer ended: as HTTP wants it, closed too early, reset."""

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent; header names in lower case, ``uri`` absolute."""

    method: str
    uri: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that came together, and the seconds since what came before them."""

    data: bytes
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. ``recorded`` is the day, ISO 8601."""

    status: int
    reason: str = ""
    headers: Headers = ()
    chunks: tuple[Chunk, ...] = ()
    origin: Origin = "mock"
    recorded: str = ""
    end: End = "done"

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(chunk.data for chunk in self.chunks)

    @property
    def content_type(self) -> str:
        """The content type, empty where there was none."""
        return next((value for name, value in self.headers if name.lower() == "content-type"), "")


@dataclass(frozen=True, slots=True)
class Interaction:
    """A request and its answer."""

    request: Request
    response: Response


@dataclass(frozen=True, slots=True)
class Cassette:
    """Interactions in the order they were recorded."""

    interactions: tuple[Interaction, ...]


class CassetteError(ValueError):
    """A cassette that cannot be read, written or replayed: which, where, why."""


def cut_at(body: bytes, offsets: Iterable[int]) -> list[bytes]:
    """The body divided at these offsets (rising, within it)."""
    marks = [*offsets, len(body)]
    return [body[start:end] for start, end in pairwise(marks)]
