"""The check itself: pure, over the schemes of a profile."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mock_providers.profiles.model import Auth


@dataclass(frozen=True, slots=True)
class Credential:
    """A key that passed; empty where the provider asks for none."""

    key: str = ""

    def __repr__(self) -> str:
        return "Credential(***)"


@dataclass(frozen=True, slots=True)
class Denied:
    """The row of the error table that answers, and the key as the provider would quote it."""

    error: str
    key_hint: str = ""


def authenticate(
    auth: Auth,
    headers: Mapping[str, str],
    query: Mapping[str, str],
    keys: Collection[str] = (),
) -> Credential | Denied:
    """The key of a request, or why it is refused.

    The first scheme whose header or query parameter is there decides. ``keys``: the good ones;
    with none listed any well-formed key passes.
    """
    malformed = False
    for scheme in auth.schemes:
        given = (headers if scheme.place == "header" else query).get(scheme.name)
        if not given:
            continue
        prefix = scheme.prefix
        if prefix and given[: len(prefix)].lower() != prefix.lower():
            malformed = True
            continue
        key = given[len(prefix) :].strip()
        if not scheme.form.fullmatch(key):
            return Denied(auth.malformed, masked(key))
        if keys and key not in keys:
            return Denied(auth.invalid, masked(key))
        return Credential(key)
    if not auth.schemes:
        return Credential()
    return Denied(auth.malformed if malformed else auth.missing)


def masked(key: str) -> str:
    """A key as OpenAI quotes it: the first eight and the last four characters, stars between."""
    if len(key) <= 12:
        return f"{key[:3]}****" if key else "''"
    return f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}"
