"""One request on its way through the server."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from mock_providers.dialects import Inbound
from mock_providers.dice import Dice
from mock_providers.faults import Active, Wishes
from mock_providers.fixtures import Reply
from mock_providers.journal import Entry
from mock_providers.profiles import Route
from mock_providers.server.provider import Headers, Provider

NO_WISHES = Wishes()


class RefusedError(Exception):
    """The provider's answer is a row of its error table."""

    def __init__(self, row: str | int, **values: Any) -> None:
        super().__init__(row)
        self.row = row
        self.values = values


class MissedError(Exception):
    """No fixture answers the request; the message names the nearest."""


_UNTHROWN = Dice(0)


@dataclass(slots=True)
class Exchange:
    """A request and what is known of it so far. ``started`` is monotonic, ``now`` UTC;
    ``unreadable`` says why the body is no JSON; ``seed`` is
    that of the answer's content, ``random`` the dice of its ids; ``again`` is what an equal request
    would be known by."""

    provider: Provider
    route: Route | None
    request: Inbound
    entry: Entry
    started: float
    now: float
    unreadable: str = ""
    seed: int = 0
    random: Dice = _UNTHROWN
    key: str = ""
    active: Active = ()
    reply: Reply | None = None
    wishes: Wishes = NO_WISHES
    delay: float = 0.0
    entered: bool = False
    unchecked: bool = False
    again: Hashable = None

    @property
    def dialect(self) -> str:
        """Name of the route's dialect; empty where no route was found."""
        return self.route.dialect if self.route else ""

    def about(self) -> dict[str, Any]:
        """What an error row may speak of."""
        request = self.request
        model = self.entry.model or request.params.get("model")
        if not model and isinstance(request.json, dict):
            model = request.json.get("model")
        return {
            "method": request.method,
            "path": request.path,
            "model": model if isinstance(model, str) else "unknown",
            "version": request.params.get("version", "v1"),
            "method_name": request.path.rpartition(":")[2],
        }


CORS: Headers = (
    ("access-control-allow-origin", "*"),
    ("access-control-expose-headers", "*"),
)
"""What lets a page of another origin read the answer."""


def dated(exchange: Exchange) -> Headers:
    """The date, and what a browser needs to be shown the answer."""
    date = ("date", _date(int(exchange.now)))
    return (date, *CORS) if "origin" in exchange.request.headers else (date,)


@lru_cache(maxsize=4)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
