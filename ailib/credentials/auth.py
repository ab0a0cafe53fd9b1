"""The ``auth`` block of a manifest: how a provider wants its key.

``endpoint.auth`` is the single source where a manifest has both blocks; what a diverging
top-level ``auth`` says is listed as shadowed and never used (AI-Protocol cases cred-009, -010).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ailib.errors import CredentialError


@dataclass(frozen=True, slots=True)
class AuthSpec:
    """How one provider is authenticated.

    ``type``: bearer, custom_header (also api_key, header), query_param, none, or a scheme that
    the encoder knows itself (such as sigv4). ``env``: names of environment variables, first wins.
    ``header``, ``prefix``, ``param_name``: where the key goes. ``extra_headers`` are sent with
    every request, key or not. ``optional``: requests without a key are allowed. ``service``: what
    sigv4 signs for.
    """

    type: str = "bearer"
    env: tuple[str, ...] = ()
    header: str | None = None
    prefix: str | None = None
    param_name: str | None = None
    extra_headers: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    shadowed_env: tuple[str, ...] = ()
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a key adds to a request. Its ``repr`` hides the values."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_auth(manifest: Mapping[str, Any]) -> AuthSpec:
    """The auth of a manifest document in any of its versions; type none where it has no block."""
    endpoint = manifest.get("endpoint") or {}
    primary, legacy = endpoint.get("auth"), manifest.get("auth")
    if not primary:
        return _spec(legacy) if legacy else AuthSpec(type="none", optional=True)
    shadowed: tuple[str, ...] = ()
    if legacy:
        shadowed = tuple(name for name in _env(legacy) if name not in _env(primary))
    return _spec(primary, shadowed)


def attach(auth: AuthSpec, key: str | None) -> Attachment:
    """The headers and query parameters that carry ``key``; none for no key.

    Raises `CredentialError` for a key that a header cannot carry (line breaks, other scripts);
    the message does not show it.
    """
    if key is None or auth.type == "none":
        return Attachment()
    if auth.type == "query_param":
        return Attachment(query={auth.param_name or "api_key": key})
    if not (key.isascii() and key.isprintable()):
        raise CredentialError(
            "the API key has a character that an HTTP header cannot carry",
            hint="look for a line break, a quotation mark or another script's letters in it",
        )
    if auth.type in {"custom_header", "api_key", "header"}:
        prefix = auth.prefix or ""
        return Attachment(headers={auth.header or "X-API-Key": f"{prefix} {key}".strip()})
    prefix = "Bearer" if auth.prefix is None else auth.prefix.strip()
    return Attachment(headers={auth.header or "Authorization": f"{prefix} {key}".strip()})


def _spec(block: Mapping[str, Any], shadowed: tuple[str, ...] = ()) -> AuthSpec:
    kind = str(block.get("type", "bearer"))
    return AuthSpec(
        type=kind,
        env=_env(block),
        header=block.get("header") or block.get("header_name"),
        prefix=block.get("prefix"),
        param_name=block.get("param_name"),
        extra_headers=_extra_headers(block),
        optional=bool(block.get("optional", kind == "none")),
        shadowed_env=shadowed,
        service=block.get("service"),
    )


def _env(block: Mapping[str, Any]) -> tuple[str, ...]:
    named = block.get("token_env") or block.get("key_env") or ()
    return (named,) if isinstance(named, str) else tuple(named)


def _extra_headers(block: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    listed = block.get("extra_headers") or ()
    if isinstance(listed, Mapping):
        return tuple((str(name), str(value)) for name, value in listed.items())
    return tuple((str(item["name"]), str(item["value"])) for item in listed)
