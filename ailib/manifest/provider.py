"""A loaded provider: what its manifest says, and its APIs, compiled when first asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from ailib.classify import Classifier
from ailib.credentials import AuthSpec, read_auth
from ailib.encode.bodies import merge
from ailib.errors import CapabilityError, ValidationError
from ailib.manifest.api import CompiledApi
from ailib.manifest.capabilities import Capabilities, read_capabilities

_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_HOLE: Final = re.compile(r"\$?\{(\w+)\}")
_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")


class Provider:
    """One provider. ``manifest`` is the whole merged document; treat it as read-only."""

    def __init__(self, manifest: Mapping[str, Any], env: Mapping[str, str]) -> None:
        self.manifest = manifest
        self.id: str = manifest["id"]
        self.name: str = manifest.get("name") or self.id
        self.aliases: tuple[str, ...] = tuple(manifest.get("aliases") or ())
        self.protocol_version = str(manifest["protocol_version"])
        self._env = env
        self._apis: dict[tuple[str, tuple[int, ...]], CompiledApi] = {}
        self._chosen: dict[tuple[str | None, str], CompiledApi] = {}

    def __repr__(self) -> str:
        return f"Provider({self.id!r})"

    @cached_property
    def auth(self) -> AuthSpec:
        """How the key is attached, and from which variables it comes."""
        return read_auth(self.manifest)

    @cached_property
    def capabilities(self) -> Capabilities:
        """What the provider declares."""
        return read_capabilities(self.manifest)

    @property
    def retry_policy(self) -> Mapping[str, Any]:
        """The ``retry_policy`` block; empty where there is none."""
        return self.manifest.get("retry_policy") or {}

    @cached_property
    def rate_limit_headers(self) -> Mapping[str, str]:
        """Names of the rate-limit headers by meaning (``requests_remaining`` …)."""
        headers = self.manifest.get("rate_limit_headers") or {}
        return {name: header for name, header in headers.items() if isinstance(header, str)}

    @property
    def models(self) -> Mapping[str, Mapping[str, Any]]:
        """What is known of the models, by id; others may be used as well."""
        found: Mapping[str, Any] = (self.manifest.get("metadata") or {}).get("models") or {}
        return found

    @property
    def services(self) -> Mapping[str, Mapping[str, Any]]:
        """Further endpoints (``list_models`` …): path, method, response_binding."""
        found: Mapping[str, Any] = self.manifest.get("services") or {}
        return found

    @property
    def base_url(self) -> str:
        """``<PROVIDER>_BASE_URL`` of the environment, else the manifest's, its variables filled.

        Raises `ValidationError` where a variable has no value or is not one DNS label.
        """
        override = self._env.get(f"{self.id.upper().replace('-', '_')}_BASE_URL", "").strip()
        if override:
            return override
        base_url: str = self.manifest["endpoint"]["base_url"]
        return _HOLE.sub(lambda hole: self.variable(hole[1]), base_url)

    def filled(self, path: str) -> str:
        """``path`` with its ``${name}`` replaced. Raises `ValidationError`."""
        return _VARIABLE.sub(lambda hole: self.variable(hole[1]), path)

    @property
    def mcp_integration_method(self) -> str:
        """How tools of MCP servers reach the model: ``native_api`` where the manifest maps them,
        ``tool_bridge`` (as plain tools) where the provider only declares the client, else
        ``not_supported``."""
        client = (self.manifest.get("mcp") or {}).get("client") or {}
        if client.get("provider_mapping"):
            return "native_api"
        return "tool_bridge" if "mcp_client" in self.capabilities else "not_supported"

    def endpoint(self, operation: str, default: str) -> tuple[str, str]:
        """Method and path of an operation beside chat: what ``endpoints`` says, else ``POST`` to
        ``default``."""
        declared = self.manifest.get("endpoints") or self.manifest["endpoint"].get("endpoints")
        found = (declared or {}).get(operation) or {}
        if isinstance(found, str):
            found = {"path": found}
        return found.get("method", "POST"), found.get("path", default)

    def api_names(self) -> tuple[str, ...]:
        """The APIs this provider offers."""
        apis = self.manifest["apis"]
        return tuple(name for name in self.manifest.get("offers", apis) if apis.get(name))

    def api(self, name: str | None = None, model: str = "") -> CompiledApi:
        """The API ``name``, or the one ``model`` wants by default, in its variant for ``model``.

        Raises `CapabilityError` for an API the provider does not offer.
        """
        found = self._chosen.get((name, model))
        if found is None:
            found = self._chosen[name, model] = self._choose(name, model)
        return found

    def _choose(self, name: str | None, model: str) -> CompiledApi:
        chosen = name or self._default(model)
        if chosen not in self.api_names():
            raise CapabilityError(
                f"provider {self.id!r} has no API {chosen!r}",
                hint=f"it has: {', '.join(self.api_names()) or 'none'}",
            )
        spec: Mapping[str, Any] = self.manifest["apis"][chosen]
        variants = spec.get("variants") or ()
        matching = tuple(i for i, v in enumerate(variants) if re.search(v["match"], model))
        key = (chosen, matching)
        if key not in self._apis:
            self._apis[key] = self.compile(chosen, *(variants[index] for index in matching))
        return self._apis[key]

    def compile(self, name: str, *overs: Mapping[str, Any]) -> CompiledApi:
        """The API ``name`` with ``overs`` (rows of its ``variants``) merged in; not kept."""
        spec: Mapping[str, Any] = self.manifest["apis"][name]
        for over in overs:
            spec = merge(spec, {key: value for key, value in over.items() if key != "match"})
        return CompiledApi(
            name,
            spec,
            self.manifest,
            auth=self.auth,
            capabilities=self.capabilities,
            classifier=self._classifier,
            base_url=lambda: self.base_url,
            filled=self.filled,
        )

    @cached_property
    def _classifier(self) -> Classifier:
        return Classifier(self.manifest)

    def _default(self, model: str) -> str:
        for row in self.manifest.get("model_apis") or ():
            if re.search(row["match"], model):
                return str(row["api"])
        return str(self.manifest["default_api"])

    def variable(self, name: str) -> str:
        """The value of an address variable. Raises `ValidationError`."""
        spec = (self.manifest["endpoint"].get("variables") or {}).get(name) or {}
        names = spec.get("env", name)
        names = [names] if isinstance(names, str) else names
        found = (text for n in names if (text := self._env.get(n, "").strip()))
        value = next(found, spec.get("default"))
        if value is None:
            raise ValidationError(
                f"the address of provider {self.id!r} needs {name!r}",
                hint=f"set {' or '.join(names)}, or pass base_url=…",
            )
        if not _LABEL.fullmatch(str(value)):
            raise ValidationError(
                f"{names[0]} is {value!r}, which cannot be part of an address",
                hint="letters, digits and hyphens only",
            )
        return str(value)
