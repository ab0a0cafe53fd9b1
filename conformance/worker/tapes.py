"""Cassettes as replies: a recorded answer to a request that is the recorded one.

A plain name is one of ``conformance/tapes``: recordings that scenarios know word by word, so they
stay as they are. ``provider/name`` is one of the cassettes recorded from the mocks, which ship as
data of this package and lie at the top of a checkout.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from conformance.worker.clock import StageClock
from mock_providers.cassettes import Cassette, Replay, read


def folder() -> Path:
    """Where the recorded cassettes are."""
    package = Path(str(files("conformance")))
    shipped = package / "data" / "cassettes"
    return shipped if shipped.is_dir() else package.parent / "cassettes"


@cache
def cassette(name: str) -> Cassette:
    """The cassette of that name. Raises `CassetteError` where there is none."""
    tapes = Path(str(files("conformance"))) / "tapes"
    return read((folder() if "/" in name else tapes) / f"{name}.yaml")


class Tapes:
    """The cassettes one case plays. ``misses`` says what was asked that no recording answers."""

    def __init__(self, clock: StageClock) -> None:
        self._clock = clock
        self._replays: dict[tuple[str, str], Replay] = {}

    async def play(
        self, reply: Mapping[str, Any], scope: Mapping[str, Any], receive: Any, send: Any
    ) -> str | None:
        """Answers with the reply's cassette, in recorded time; the message of a miss."""
        key = (reply["cassette"], reply.get("chunking", "as-recorded"))
        replay = self._replays.get(key)
        if replay is None:
            replay = self._replays[key] = Replay(
                cassette(key[0]), chunking=key[1], speed=1.0, clock=self._clock
            )
        before = len(replay.misses)
        path = "/" + scope["path"].split("/", 2)[2]
        await replay({**scope, "path": path}, receive, send)
        return replay.misses[-1] if len(replay.misses) > before else None
