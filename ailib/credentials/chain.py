"""The credential chain: explicit → the manifest's variables → ``<PROVIDER>_API_KEY`` → keyring.

Values are trimmed; a blank one counts as absent. Nothing here prints a value: a `Resolution`
shows where a key was found, never the key.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ailib.credentials.auth import AuthSpec
from ailib.errors import CredentialError

KEYRING_SERVICES = ("ai-protocol", "ai-lib")


@dataclass(frozen=True, slots=True)
class Resolution:
    """Where a provider's key was found, or what was looked for.

    ``source_kind``: explicit, manifest_env, conventional_env, keyring, none. ``required`` and
    ``conventional_fallbacks`` list the variables that were considered, ``diagnostics`` what is
    worth telling. ``value`` is not part of the ``repr``.
    """

    provider: str
    source_kind: str = "none"
    source_name: str | None = None
    value: str | None = field(default=None, repr=False)
    required: tuple[str, ...] = ()
    conventional_fallbacks: tuple[str, ...] = ()
    optional: bool = False
    diagnostics: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """``available``, ``missing``, or ``not_required`` where the provider wants no key."""
        if self.value is not None:
            return "available"
        return "not_required" if self.optional else "missing"

    def require(self) -> str | None:
        """The key; ``None`` where none is needed. Raises `CredentialError` where it is missing."""
        if self.status == "missing":
            names = " or ".join((*self.required, *self.conventional_fallbacks))
            error = CredentialError(
                f"no API key for provider {self.provider!r}",
                hint="; ".join((f"set {names}, or pass api_key=…", *self.diagnostics)),
            )
            error.provider = self.provider
            raise error
        return self.value


def resolve(
    provider: str,
    auth: AuthSpec,
    explicit: str | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    keyring: Callable[[str, str], str | None] | None = None,
    host_supplied: bool = False,
) -> Resolution:
    """Goes through the chain for ``provider`` and says where it ended; reads no network.

    ``environ`` defaults to ``os.environ``; ``keyring(service, user)`` to the keyring package
    where it is installed. ``host_supplied``: only ``explicit`` counts, neither environment nor
    keyring is read (sandboxed targets).
    """
    environ = os.environ if environ is None else environ
    conventional = provider.upper().replace("-", "_") + "_API_KEY"
    fallbacks = () if conventional in auth.env else (conventional,)
    diagnostics = tuple(
        f"{name} is not read: the manifest's endpoint.auth replaces its top-level auth"
        for name in auth.shadowed_env
    )

    def found(kind: str, name: str | None, value: str | None) -> Resolution:
        return Resolution(
            provider,
            kind,
            name,
            value,
            auth.env,
            fallbacks,
            auth.optional,
            diagnostics,
        )

    if value := _clean(explicit):
        return found("explicit", "host_supplied" if host_supplied else "explicit", value)
    if host_supplied or auth.type == "none":
        return found("none", None, None)
    for kind, names in (("manifest_env", auth.env), ("conventional_env", fallbacks)):
        for name in names:
            if value := _clean(environ.get(name)):
                return found(kind, name, value)
    lookup = keyring or _system_keyring
    for service in KEYRING_SERVICES:
        if value := _clean(lookup(service, provider)):
            return found("keyring", f"{service}/{provider}", value)
    return found("none", None, None)


def _clean(value: str | None) -> str | None:
    return (value or "").strip() or None


def _system_keyring(service: str, user: str) -> str | None:
    """Asks the optional keyring package. A locked or absent store is no store."""
    try:
        value = importlib.import_module("keyring").get_password(service, user)
    except Exception:  # backends raise their own kinds
        return None
    return value if isinstance(value, str) else None
