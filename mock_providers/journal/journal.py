"""A bounded list of entries: the newest stay, by number and by bytes of their bodies."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mock_providers.journal.entry import Entry

KEPT_ENTRIES = 2_000
KEPT_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are meant. ``model`` and ``path`` are patterns, ``contains`` is looked for in
    the request's body, ``since`` is an id: entries after it."""

    provider: str | None = None
    operation: str | None = None
    model: str | None = None
    path: str | None = None
    method: str | None = None
    status: int | None = None
    error: str | None = None
    test: str | None = None
    contains: str | None = None
    stream: bool | None = None
    since: int | None = None

    def fits(self, entry: Entry) -> bool:
        """Whether an entry is meant."""
        request = entry.request
        exact = (
            (self.provider, entry.provider),
            (self.operation, entry.operation),
            (self.method, request.method),
            (self.status, entry.status),
            (self.error, entry.error),
            (self.test, entry.test),
            (self.stream, entry.stream),
        )
        return (
            all(wanted is None or wanted == given for wanted, given in exact)
            and (self.since is None or entry.id > self.since)
            and (self.model is None or fnmatchcase(entry.model, self.model))
            and (self.path is None or fnmatchcase(request.path, self.path))
            and (self.contains is None or self.contains.encode() in request.body)
        )


class Journal:
    """The entries of a server, oldest first."""

    def __init__(self, entries: int = KEPT_ENTRIES, size: int = KEPT_BYTES) -> None:
        self._entries: deque[Entry] = deque()
        self._most = entries
        self._most_bytes = size
        self._bytes = 0
        self._number = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        # A copy: another thread may add entries meanwhile.
        return iter(list(self._entries))

    def next_id(self) -> int:
        """The number of the next request, from 1."""
        self._number += 1
        return self._number

    def add(self, entry: Entry) -> None:
        """Adds an entry, forgets the oldest where there is no room."""
        entries = self._entries
        entries.append(entry)
        self._bytes += len(entry.request.body)
        while len(entries) > self._most or (self._bytes > self._most_bytes and len(entries) > 1):
            self._bytes -= len(entries.popleft().request.body)

    def get(self, number: int) -> Entry | None:
        """The entry of that id, if it is still there."""
        return next((entry for entry in self if entry.id == number), None)

    def find(self, wanted: Filter) -> list[Entry]:
        """The entries meant, oldest first."""
        return [entry for entry in self if wanted.fits(entry)]

    def clear(self) -> None:
        """Forgets all entries; numbers go on."""
        self._entries.clear()
        self._bytes = 0
