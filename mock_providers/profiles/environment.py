"""The environment in which the vendors' SDKs find the mocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mock_providers.profiles.model import Profile


def variables(profiles: Iterable[Profile], origin: str) -> dict[str, str]:
    """Names and values for all of these providers; of two that read one variable the first."""
    found: dict[str, str] = {}
    for profile in profiles:
        for name, value in _of(profile, origin):
            found.setdefault(name, value)
    return found


def _of(profile: Profile, origin: str) -> Iterator[tuple[str, str]]:
    for name in profile.environment.base_url:
        yield name, f"{origin}/{profile.name}{profile.base_path}"
    for name in profile.environment.key:
        yield name, profile.example_key
    yield from profile.environment.other.items()
