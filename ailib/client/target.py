"""One model of one provider, with all that is needed to send it a request."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from ailib.client.identity import DEFAULT_HEADERS
from ailib.credentials import Redactor, Resolution, resolve
from ailib.credentials.sigv4 import sign
from ailib.errors import ValidationError
from ailib.manifest import CompiledApi, Provider, load_provider
from ailib.resilience import Key
from ailib.transport import HttpRequest
from ailib.types import ChatRequest


@dataclass(frozen=True, slots=True)
class ModelTarget:
    """``model`` is the provider's own name; ``key`` never shows in a ``repr``."""

    provider: Provider = field(repr=False)
    model: str
    base_url: str
    credential: Resolution

    @property
    def name(self) -> Key:
        """Provider and model."""
        return Key(self.provider.id, self.model)

    def api(self, request: ChatRequest) -> CompiledApi:
        """The API family that a request asks for, or the model's default one."""
        return self.provider.api(request.api, model=self.model)

    def encode(self, api: CompiledApi, request: ChatRequest) -> HttpRequest:
        """The request for this model. Raises what `CompiledApi.encode` does."""
        made = api.encode(
            request if request.model == self.model else replace(request, model=self.model),
            base_url=self.base_url,
            credential=self.credential.value,
        )
        named = {name.lower() for name, _ in made.headers}
        added = tuple(item for item in DEFAULT_HEADERS if item[0] not in named)
        made = HttpRequest(made.method, made.url, (*added, *made.headers), made.body)
        auth = self.provider.auth
        if auth.service is not None and self.credential.value is None:
            return sign(made, service=auth.service, region=self.provider.variable("region"))
        return made

    def redactor(self, request: ChatRequest) -> Redactor:
        """Takes the secrets of a request out of what is shown of it."""
        return Redactor.of_request(self.credential.value, request.extra_headers)


def split_model(model: str) -> tuple[str, str]:
    """``"provider/model"`` at its first slash. Raises `ValidationError` where a part is missing."""
    provider, slash, name = model.strip().partition("/")
    if not (provider and slash and name):
        raise ValidationError(
            f"{model!r} is no model identifier", hint="use 'provider/model', as in openai/gpt-4o"
        )
    return provider, name


def find_provider(model: str, folder: str | Path | None = None) -> tuple[Provider, str]:
    """The provider of ``"provider/model"`` and the model's name; ``folder`` is asked first.

    Raises `ValidationError`, `ManifestNotFoundError`, `ManifestInvalidError`.
    """
    provider_id, name = split_model(model)
    return load_provider(provider_id, search=() if folder is None else (folder,)), name


def resolve_target(
    provider: Provider,
    model: str,
    *,
    api_key: str | None = None,
    base_url: str | None = None,
) -> ModelTarget:
    """Finds address and key; no network.

    ``base_url`` goes before ``<PROVIDER>_BASE_URL`` of the environment and the manifest's own.
    Raises `ValidationError`, `CredentialError`.
    """
    address = checked_url(base_url or provider.base_url, "base_url")
    credential = resolve(provider.id, provider.auth, api_key)
    credential.require()
    return ModelTarget(provider, model, address, credential)


def checked_url(url: str, source: str) -> str:
    """``url`` if it can be a base URL. Raises `ValidationError` naming ``source``."""
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise ValidationError(
            f"{source} holds a user name or password",
            hint="take them out; api_key=… and extra_headers(…) send credentials",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValidationError(f"{source} is no URL: {url!r}", hint="https://host[:port][/path]")
    return url
