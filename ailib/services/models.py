"""The models that a provider says it has, from its own list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ailib.errors import CapabilityError, MalformedResponseError
from ailib.mapping import compile_path
from ailib.services.service import Asker, plain_request

MOST_PAGES = 100


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model by the name that requests take; ``raw`` is the provider's own entry."""

    name: str
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return self.name


async def list_models(client: Asker) -> list[RemoteModel]:
    """Asks the provider, page by page. The manifest's ``services.list_models`` says how: ``path``,
    ``response_binding`` (the key of the list), ``prefix`` (cut off the names), ``next`` (``path``
    of the next page's token, ``param`` it is sent in).

    Raises `CapabilityError` where the manifest has no such service.
    """
    target = client.target
    spec = target.provider.services.get("list_models")
    if spec is None:
        raise CapabilityError(f"provider {target.provider.id!r} declares no list of models")
    found: list[RemoteModel] = []
    token: Any = None
    for _ in range(MOST_PAGES):
        query = {**(spec.get("query_params") or {})}
        if token is not None:
            query[spec["next"]["param"]] = token
        answer = await client.ask(
            plain_request(
                target,
                str(spec.get("method", "GET")),
                str(spec["path"]),
                query=query,
                headers=spec.get("headers") or {},
            )
        )
        found += _read(answer.body, spec)
        token = compile_path(spec["next"]["path"])(answer.body) if "next" in spec else None
        if not token:
            break
    return found


def _read(body: Any, spec: Mapping[str, Any]) -> list[RemoteModel]:
    binding = spec.get("response_binding")
    entries = body.get(binding) if binding and isinstance(body, Mapping) else body
    if not isinstance(entries, list):
        raise MalformedResponseError(f"the list of models has no list at {binding or 'its top'!r}")
    return [_model(entry, str(spec.get("prefix", ""))) for entry in entries]


def _model(entry: Any, prefix: str) -> RemoteModel:
    if isinstance(entry, str):
        return RemoteModel(entry.removeprefix(prefix))
    name = (entry.get("id") or entry.get("name")) if isinstance(entry, Mapping) else None
    if not isinstance(name, str):
        raise MalformedResponseError("a model of the list has neither id nor name")
    return RemoteModel(name.removeprefix(prefix), entry)
