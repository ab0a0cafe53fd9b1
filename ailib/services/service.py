"""The compiled block of one service: request out, values in. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ailib.client.identity import DEFAULT_HEADERS
from ailib.client.plain import PlainAnswer
from ailib.client.target import ModelTarget
from ailib.credentials import attach
from ailib.encode.request import dump, fill, join
from ailib.encode.templates import MISSING, compile_template
from ailib.errors import CapabilityError, MalformedResponseError
from ailib.mapping import compile_path
from ailib.transport import HttpRequest
from ailib.types import Usage


class Asker(Protocol):
    """What a service needs of a client."""

    @property
    def target(self) -> ModelTarget:
        """Where requests go."""

    async def ask(self, http: HttpRequest) -> PlainAnswer:
        """Sends with retries and limits, and gives the JSON answer."""


class Service:
    """``name`` is a block of the manifest's ``apis``: ``path``, ``query``, ``headers``,
    ``request`` (``body`` a template, ``each`` one for the elements of a list) and ``response``
    (``items``, and paths within each of them)."""

    def __init__(self, target: ModelTarget, name: str) -> None:
        provider = target.provider
        spec: Mapping[str, Any] | None = provider.manifest["apis"].get(name)
        if spec is None or name not in provider.api_names():
            raise CapabilityError(
                f"provider {provider.id!r} does not declare {name}",
                hint=f"it has: {', '.join(provider.api_names())}",
            )
        self.target, self.name, self.spec = target, name, spec
        request, self._response = spec.get("request") or {}, spec.get("response") or {}
        self._body = compile_template(request.get("body") or {})
        self._each = compile_template(request["each"]) if "each" in request else None
        self.largest: int = int(spec.get("batch", 100))

    def request(self, listed: str, items: list[Any], scope: Mapping[str, Any]) -> HttpRequest:
        """The request whose template finds ``items`` under the name ``listed``."""
        scope = {"model": self.target.model, **scope}
        if self._each is not None:
            items = [self._each({**scope, "item": item}) for item in items]
        body = self._body({**scope, listed: items})
        return plain_request(
            self.target,
            str(self.spec.get("method", "POST")),
            str(self.spec["path"]),
            query=self.spec.get("query") or {},
            headers=self.spec.get("headers") or {},
            body=b"" if body is MISSING else dump(body),
        )

    def items(self, answer: PlainAnswer) -> Iterator[Mapping[str, Any]]:
        """One mapping an item: the paths of ``response.item`` read from it.

        Raises `MalformedResponseError` where the list is missing.
        """
        found = compile_path(self._response["items"])(answer.body)
        if not isinstance(found, list):
            raise MalformedResponseError(
                f"the answer to {self.name} has no list at {self._response['items']}"
            )
        paths = {name: compile_path(path) for name, path in self._response["item"].items()}
        for item in found:
            yield {name: read(item) for name, read in paths.items()}

    def value(self, answer: PlainAnswer, name: str) -> Any:
        """What stands at the path ``response.<name>``."""
        path = self._response.get(name)
        return None if path is None else compile_path(path)(answer.body)

    def usage(self, answer: PlainAnswer) -> Usage | None:
        """The token counts of the answer."""
        raw = self.value(answer, "usage")
        if not isinstance(raw, Mapping):
            return None
        paths: Mapping[str, str] = self._response.get("tokens") or {}
        counts = {name: compile_path(path)(raw) for name, path in paths.items()}
        return Usage(**counts, raw=raw)


def plain_request(
    target: ModelTarget,
    method: str,
    path: str,
    *,
    query: Mapping[str, Any],
    headers: Mapping[str, str],
    body: bytes = b"",
) -> HttpRequest:
    """A request with the provider's key and headers."""
    auth = target.provider.auth
    key = attach(auth, target.credential.value)
    sent = {**dict(DEFAULT_HEADERS), "accept": "application/json"}
    if body:
        sent["content-type"] = "application/json"
    for more in (dict(auth.extra_headers), headers, key.headers):
        sent.update({name.lower(): value for name, value in more.items()})
    url = join(target.base_url, fill(path, target.model), {**query, **key.query})
    return HttpRequest(method, url, tuple(sent.items()), body)
