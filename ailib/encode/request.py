"""The whole request: URL, headers, body.

Order of the body: ``body`` constants → messages → tools → tool_choice → response_format →
parameters → ``stream_body`` → the caller's ``extra_body``, each merged over what stands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ailib.credentials import AuthSpec, attach
from ailib.encode.bodies import merge, put
from ailib.encode.messages import MessageEncoder
from ailib.encode.parameters import Parameters
from ailib.encode.templates import MISSING, Template, compile_template
from ailib.errors import CapabilityError, ValidationError
from ailib.transport.base import HttpRequest
from ailib.types import ChatRequest, ToolDefinition, ToolUseBlock

CHOICES = ("auto", "none", "required")


@dataclass(frozen=True, slots=True)
class Tools:
    """The compiled ``tools`` block."""

    path: str
    each: Template
    listed: Template
    of_history: bool


class Encoder:
    """The compiled ``request`` block of one API, with the address parts of its provider;
    ``filled`` puts the provider's variables into a path."""

    def __init__(
        self,
        api: Mapping[str, Any],
        auth: AuthSpec,
        public: Mapping[str, Any],
        filled: Callable[[str], str],
    ) -> None:
        request = api.get("request") or {}
        self._auth, self._filled = auth, filled
        self._method: str = api.get("method", "POST")
        self._path: str = api.get("path", "")
        self._stream_path: str = api.get("stream_path") or self._path
        self._query: Mapping[str, Any] = api.get("query") or {}
        self._stream_query: Mapping[str, Any] = api.get("stream_query") or {}
        self._headers = _given(api.get("headers") or {})
        self._stream_headers = _given(api.get("stream_headers") or {})
        self._body = _constants(request.get("body", {"model": "$model"}))
        self._stream_body = _constants(request.get("stream_body") or {})
        self._messages = MessageEncoder(request.get("messages") or {})
        self._tools = _tools(request.get("tools"))
        self._choice = _choices(request.get("tool_choice"))
        self._formats = {
            name: compile_template(source)
            for name, source in (request.get("response_format") or {}).items()
        }
        self._parameters = Parameters(request.get("parameters") or {}, public)

    def encode(self, request: ChatRequest, *, base_url: str, credential: str | None) -> HttpRequest:
        """The request ready for the wire. Raises `ValidationError`, `CapabilityError` or
        `CredentialError`; nothing was sent then."""
        key = attach(self._auth, credential)
        headers = {"content-type": "application/json"}
        headers["accept"] = "text/event-stream" if request.stream else "application/json"
        headers.update(self._headers)
        if request.stream:
            headers.update(self._stream_headers)
        for extra in (dict(self._auth.extra_headers), key.headers, request.extra_headers):
            headers.update({name.lower(): value for name, value in extra.items()})
        query = {**self._query, **(self._stream_query if request.stream else {}), **key.query}
        path = self._stream_path if request.stream else self._path
        return HttpRequest(
            self._method,
            join(base_url, fill(self._filled(path), request.model), query),
            tuple(headers.items()),
            dump(self.body(request)),
        )

    def body(self, request: ChatRequest) -> dict[str, Any]:
        """The JSON body."""
        body: dict[str, Any] = self._body({"model": request.model, "stream": request.stream})
        self._messages.write(request.messages, body)
        if tools := request.tools or self._tools_of_history(request):
            self._offer(tools, body)
        if request.tool_choice is not None:
            self._choose(request.tool_choice, body)
        if request.response_format is not None:
            body = merge(body, self._format(request.response_format))
        self._parameters.write(request.params, body)
        if request.stream:
            body = merge(body, self._stream_body({"model": request.model}))
        return merge(body, request.extra_body)

    def _tools_of_history(self, request: ChatRequest) -> tuple[ToolDefinition, ...]:
        """Where a conversation with calls needs tools: those it called."""
        if self._tools is None or not self._tools.of_history:
            return ()
        blocks = (block for message in request.messages for block in message.blocks)
        names = dict.fromkeys(block.name for block in blocks if isinstance(block, ToolUseBlock))
        return tuple(ToolDefinition(name) for name in names)

    def _offer(self, tools: tuple[ToolDefinition, ...], body: dict[str, Any]) -> None:
        if self._tools is None:
            raise CapabilityError("this provider's manifest has no form for tools")
        items = [
            self._tools.each(
                {
                    "name": tool.name,
                    "description": tool.description or None,
                    "parameters": dict(tool.parameters),
                    "strict": tool.strict,
                }
            )
            for tool in tools
        ]
        put(body, self._tools.path, self._tools.listed({"tools": items}))

    def _choose(self, choice: str | Mapping[str, Any], body: dict[str, Any]) -> None:
        name = None if isinstance(choice, str) else _named(choice)
        kind = "named" if name else str(choice)
        if kind not in (*CHOICES, "named"):
            raise ValidationError(
                f"tool_choice is {choice!r}", hint=f"one of {', '.join(CHOICES)}, {{'name': …}}"
            )
        if kind not in self._choice:
            raise CapabilityError(f"this provider cannot be told tool_choice {kind!r}")
        path, template = self._choice[kind]
        value = template({"name": name})
        if value is not None and value is not MISSING:
            put(body, path, value)

    def _format(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        kind = str(wanted.get("type", "text"))
        if kind not in self._formats:
            if kind == "text":
                return {}
            raise CapabilityError(f"this provider's manifest has no form for {kind!r} answers")
        inner = wanted.get("json_schema") or {}
        scope = {
            "name": inner.get("name", "answer"),
            "schema": inner.get("schema"),
            "strict": inner.get("strict"),
            "description": inner.get("description"),
        }
        made: dict[str, Any] = self._formats[kind](scope)
        return made


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is left when null takes a family's value away."""
    return {name: value for name, value in values.items() if value is not None}


def _constants(spec: Mapping[str, Any]) -> Template:
    return compile_template(_given(spec))


def _tools(spec: Mapping[str, Any] | None) -> Tools | None:
    if not spec:
        return None
    each, listed = compile_template(spec["each"]), compile_template(spec.get("as", "$tools"))
    return Tools(spec.get("to", "tools"), each, listed, bool(spec.get("of_history")))


def _choices(spec: Mapping[str, Any] | None) -> dict[str, tuple[str, Template]]:
    if not spec:
        return {}
    path = spec.get("to", "tool_choice")
    return {kind: (path, compile_template(v)) for kind, v in spec.items() if kind != "to"}


def _named(choice: Mapping[str, Any]) -> str:
    inner = choice.get("function", choice)
    name = inner.get("name") if isinstance(inner, Mapping) else None
    if not isinstance(name, str):
        raise ValidationError(f"tool_choice {choice!r} names no tool", hint="{'name': 'a_tool'}")
    return name


def fill(path: str, model: str) -> str:
    """``path`` with ``{model}`` percent-encoded; a slash stays one only in ``{+model}``."""
    if "{" not in path:
        return path
    filled = path.replace("{+model}", quote(model, safe="/:@"))
    return filled.replace("{model}", quote(model, safe=""))


def join(base_url: str, path: str, query: Mapping[str, Any]) -> str:
    """The URL; what ``base_url`` and ``path`` have of a query is kept."""
    base = urlsplit(base_url)
    own, _, asked = path.partition("?")
    parts = [part for part in (base.query, asked, urlencode(query) if query else "") if part]
    head = f"{base.scheme}://{base.netloc}{base.path.rstrip('/')}"
    return head + own + (f"?{'&'.join(parts)}" if parts else "")


def dump(body: Mapping[str, Any]) -> bytes:
    """Compact JSON. Raises `ValidationError` for what JSON cannot say (NaN, an object of the
    caller's own)."""
    try:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValidationError(
            f"the request cannot be written as JSON: {error}",
            hint="use text, numbers, booleans, None, lists and dicts",
        ) from None
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(body, separators=(",", ":")).encode()
