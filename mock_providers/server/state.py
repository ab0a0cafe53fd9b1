"""What a running server remembers and can be told to change."""

from __future__ import annotations

import zlib
from collections import OrderedDict

from mock_providers.dialects import Inbound
from mock_providers.dice import Dice
from mock_providers.faults import Attempts
from mock_providers.fixtures import Fixtures
from mock_providers.journal import Journal, Metrics
from mock_providers.limits import Pace
from mock_providers.server.settings import Settings

_KEPT = 10_000


class State:
    """The changeable part of a server: seed, journal, fixtures, pace, attempts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.seed = settings.seed
        self.version = 0
        self.pace: dict[str, Pace] = {"*": settings.pace} if settings.pace else {}
        self.journal = Journal()
        self.metrics = Metrics()
        self.fixtures = Fixtures(settings.fixtures, settings.on_miss)
        self.attempts = Attempts()
        self._seen: OrderedDict[int, int] = OrderedDict()

    def pace_of(self, provider: str) -> Pace | None:
        """How fast a provider answers, if anybody said so."""
        if not self.pace:
            return None
        return self.pace.get(provider) or self.pace.get("*")

    def dice(self, request: Inbound) -> tuple[int, Dice]:
        """The seed of what a request is told, and the dice of its ids: these depend on how often
        it came before as well. Neither depends on what else the server does."""
        mark = zlib.crc32(request.body, zlib.crc32(request.path.encode()))
        seen = self._seen
        count = seen.pop(mark, 0)
        seen[mark] = count + 1
        if len(seen) > _KEPT:
            seen.popitem(last=False)
        seed = (self.seed << 64) ^ mark
        return seed, Dice(seed ^ ((count + 1) << 32))

    @property
    def plain(self) -> bool:
        """Whether nothing stands between a good request and the generator's answer."""
        return not (self.fixtures or self.pace)

    def restart(self) -> None:
        """Dice, attempts and sequences begin anew."""
        self.version += 1
        self._seen.clear()
        self.attempts.clear()
        self.fixtures.restart()

    def reset(self) -> None:
        """As if just started: nothing added, nothing remembered."""
        self.restart()
        self.fixtures.clear()
        self.journal.clear()
        self.seed = self.settings.seed
        self.pace = {"*": self.settings.pace} if self.settings.pace else {}
