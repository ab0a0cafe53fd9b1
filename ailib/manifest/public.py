"""The public formats (AI-Protocol V1, V2) as manifests of this library's own form.

A public manifest says which dialect it speaks (``streaming.decoder.strategy``,
``payload_format``, ``api_style``, ``api_families.chat.request_format``, an ``adapter``); the table
``manifests/public.yaml`` says which family that is. The family gives the request form and the
answer rules, the manifest everything it states itself: addresses, auth, parameters, errors,
finish reasons, models. Where it names no dialect we know, its ``event_map`` is the rule list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from ailib.encode.bodies import merge
from ailib.manifest.api import DECODER_OPTIONS
from ailib.manifest.contract import read_contract
from ailib.manifest.public_rules import body_rules, stream_rules


@cache
def table() -> Mapping[str, Any]:
    """The data of ``manifests/public.yaml``."""
    text = resources.files("ailib.manifests").joinpath("public.yaml").read_text("utf-8")
    loaded: Mapping[str, Any] = yaml.safe_load(text)
    return loaded


def is_public(document: Mapping[str, Any]) -> bool:
    """Whether a document is in the public form: it has neither ``extends`` nor ``apis``."""
    return "extends" not in document and "apis" not in document


def promote(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document in this library's form, ``extends`` set to its family."""
    core = document.get("core")
    if isinstance(core, Mapping):
        document = merge({k: v for k, v in document.items() if k != "core"}, core)
    name = _family(document)
    api = str(table()["apis"][name or table()["default"]])
    promoted = dict(document)
    promoted["extends"] = name or table()["default"]
    promoted["default_api"] = api
    promoted["apis"] = {api: _api(document, known=name is not None)}
    promoted["offers"] = [api]
    if document.get("base_url_template") and not _base_url(document):
        promoted["endpoint"] = {**_endpoint(document), "base_url": document["base_url_template"]}
    return promoted


def _family(document: Mapping[str, Any]) -> str | None:
    families: Mapping[str, str] = table()["families"]
    return next((families[word] for word in _words(document) if word in families), None)


def _words(document: Mapping[str, Any]) -> Iterator[str]:
    """All that may name the dialect, the surest first."""
    decoder = (document.get("streaming") or {}).get("decoder") or {}
    contract = document.get("provider_contract") or {}
    yield str(decoder.get("strategy"))
    yield str(document.get("payload_format"))
    yield str(document.get("api_style") or contract.get("api_style"))
    families = document.get("api_families")
    if isinstance(families, Mapping):
        yield str((families.get("chat") or {}).get("request_format"))
    yield str((_named(document, "chat") or {}).get("adapter"))
    yield str(decoder.get("format"))
    yield str(document.get("response_format"))


def _api(document: Mapping[str, Any], *, known: bool) -> dict[str, Any]:
    streaming = document.get("streaming") or {}
    request: dict[str, Any] = {"parameters": _parameters(document)}
    contract = document.get("provider_contract")
    if isinstance(contract, Mapping) and read_contract(contract).refuses_references:
        request["messages"] = {"blocks": {"document_ref": {"refuse": True}}}
    api: dict[str, Any] = {"request": request}
    if path := _path(document, "chat"):
        api["path"] = path
        api["stream_path"] = _path(document, "stream_chat") or _stream_path(path)
    if mapping := (document.get("termination") or {}).get("mapping"):
        api["termination"] = {"mapping": mapping}
    if not known:
        if rules := stream_rules(streaming):
            api["stream"] = {"decoder": _decoder(streaming), "rules": rules}
        if rules := body_rules(document):
            api["response"] = {"rules": rules}
    return api


def _decoder(streaming: Mapping[str, Any]) -> dict[str, Any]:
    """The decoder block without what only says the dialect."""
    block = {k: v for k, v in (streaming.get("decoder") or {}).items() if k in DECODER_OPTIONS}
    name = block.get("format")
    return {**block, "format": name or "sse"}


def _stream_path(path: str) -> str | None:
    """The streaming twin of a path that names its method (Gemini); ``None``: the same path."""
    for plain, streaming in table()["stream_paths"].items():
        if plain in path:
            return path.replace(plain, streaming)
    return None


def _path(document: Mapping[str, Any], name: str) -> str | None:
    found = (_named(document, name) or {}).get("path") or _endpoint(document).get(name)
    return found if isinstance(found, str) else None


def _named(document: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    endpoints = document.get("endpoints") or _endpoint(document).get("endpoints") or {}
    found = endpoints.get(name)
    return {"path": found} if isinstance(found, str) else found


def _endpoint(document: Mapping[str, Any]) -> Mapping[str, Any]:
    endpoint: Mapping[str, Any] = document.get("endpoint") or {}
    return endpoint


def _base_url(document: Mapping[str, Any]) -> Any:
    return _endpoint(document).get("base_url")


def _parameters(document: Mapping[str, Any]) -> dict[str, Any]:
    """V1 ``parameter_mappings``: standard name → dotted path. What the encoder builds itself
    (tools, messages) is not a parameter."""
    mappings: Mapping[str, Any] = document.get("parameter_mappings") or {}
    skipped = set(table()["not_parameters"])
    return {k: v for k, v in mappings.items() if k not in skipped and isinstance(v, str)}
