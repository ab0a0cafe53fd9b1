"""Runs AI-Protocol compliance cases through the library itself: one function a kind of input.

Each function turns a case's input into calls of the production path and gives what came out in
the words of the case's ``expected``. Nothing here decides anything.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ailib import framing
from ailib.credentials import REDACTED, attach, resolve
from ailib.errors import AiLibError, CapabilityError, ManifestInvalidError, RemoteError
from ailib.errors.standard_codes import StandardErrorCode
from ailib.manifest import Provider, load_provider
from ailib.manifest.contract import REF_RESOLUTIONS, load_contract
from ailib.mapping import compile_path, compile_rules
from ailib.resilience.config import RetryConfig
from ailib.resilience.retry import Retry, decide
from ailib.text_tools import parse, parse_hybrid, prompt
from ailib.types import (
    ChatRequest,
    ContentBlock,
    DocumentBlock,
    Message,
    TextBlock,
    ThinkingBlock,
    ToolCall,
)

Outcome = dict[str, Any]

# What the reference's methods need of a provider.
METHOD_NEEDS = {
    "MCPListTools": "mcp_client",
    "ComputerUse": "computer_use",
    "Reason": "reasoning",
    "VideoGenerate": "video_generation",
}


@dataclass(frozen=True)
class Case:
    """One case; its identity is (file, id), because ids repeat over files."""

    root: Path
    file: Path
    document: Mapping[str, Any]
    tmp: Path | None = None

    @property
    def id(self) -> str:
        return f"{self.file.parent.name}/{self.file.stem}:{self.document['id']}"

    @property
    def input(self) -> Mapping[str, Any]:
        return self.document["input"]

    @property
    def setup(self) -> Mapping[str, Any]:
        return self.document.get("setup") or {}

    @property
    def expected(self) -> Mapping[str, Any]:
        return self.document["expected"]

    def path(self, name: str) -> Path:
        """A file a case names: relative to the case, the suite, or the repository."""
        bases = (self.file.parent, self.root, self.root.parents[1])
        return next((p for b in bases if (p := b / name).is_file()), self.root / name)

    def provider(self) -> Provider:
        named = self.setup.get("manifest_path") or self.input.get("manifest_path")
        if named:
            return load_provider(self.path(named), env=self.setup.get("env") or {})
        manifest = self.input["manifest"]
        return self.made(yaml.safe_load(manifest) if isinstance(manifest, str) else manifest)

    def made(self, manifest: Mapping[str, Any]) -> Provider:
        """The provider of a manifest written in the case itself."""
        assert self.tmp is not None
        path = self.tmp / "manifest.yaml"
        path.write_text(yaml.safe_dump(dict(manifest)), "utf-8")
        return load_provider(path, env={})


def cases(root: Path) -> list[Case]:
    """All cases below a compliance folder."""
    return [
        Case(root, file, document)
        for file in sorted((root / "cases").rglob("*.yaml"))
        for document in yaml.safe_load_all(file.read_text("utf-8"))
        if document
    ]


def message(plain: Mapping[str, Any]) -> Message:
    extra = {k: v for k, v in plain.items() if k not in ("role", "content")}
    made = Message.with_content(plain["role"], [])
    return Message(made.role, plain["content"], extra)


def protocol_loading(case: Case) -> Outcome:
    if contract := case.input.get("contract_path"):
        document = load_contract(case.path(contract)).document
        return {"valid": True, "document_mapping": document}
    if "contract_fragment" in case.input:
        return {"valid": True, "ref_resolution_allowed": list(REF_RESOLUTIONS)}
    try:
        provider = case.provider()
    except ManifestInvalidError as error:
        return {"valid": False, "errors": [str(error)]}
    api = provider.api()
    return {
        "valid": True,
        "errors": [],
        "provider_id": provider.id,
        "protocol_version": provider.protocol_version,
        "runtime_deserialize": bool(api.name),
    }


def error_classification(case: Case) -> Outcome:
    body = json.dumps(case.input["response_body"]).encode()
    error = case.provider().api().classify(case.input["http_status"], {}, body, now=0)
    return {
        "valid": True,
        "error_code": str(error.standard_code),
        "error_name": error.error_type,
        "error_type": error.error_type,
        "retryable": error.retryable,
        "fallbackable": error.fallbackable,
    }


def body_of(case: Case) -> dict[str, Any]:
    params = dict(case.input.get("parameters") or case.input.get("standard_params") or {})
    response_format = params.pop("response_format", None)
    messages = tuple(map(message, case.input.get("messages") or [{"role": "user", "content": "x"}]))
    request = ChatRequest("m", messages, params, response_format=response_format)
    made = case.provider().api().encode(request, credential="key")
    body: dict[str, Any] = json.loads(made.body)
    return body


def message_building(case: Case) -> Outcome:
    messages = body_of(case)["messages"]
    return {"normalized_body": {"messages": messages}, "message_count": len(messages)}


def parameter_mapping(case: Case) -> Outcome:
    body = body_of(case)
    return {"provider_params": {k: v for k, v in body.items() if k not in ("model", "messages")}}


def request_building(case: Case) -> Outcome:
    return {"valid": True, "request_contains": body_of(case)}


def stream_decode(case: Case) -> Outcome:
    if "events" in case.input:
        return whole_stream(case, "\n\n".join([*case.input["events"], ""]).encode())
    config = case.input["decoder_config"]
    decoder = framing.decoder(
        config["format"], prefix=config.get("prefix"), done_signal=config.get("done_signal")
    )
    chunks = [chunk.encode() for chunk in case.input["raw_chunks"]]
    frames = [frame for chunk in chunks for frame in decoder.feed(chunk)] + decoder.close()
    contents = [compile_path("$.choices[0].delta.content")(frame.data) for frame in frames]
    return {
        "events": [{"type": "frame", "has_content": any(contents)}],
        "frame_count": len(frames),
        "completed": decoder.done,
        "done_received": decoder.done,
    }


def whole_stream(case: Case, data: bytes) -> Outcome:
    reader = case.provider().api().reader(status=200, headers={}, stream=True)
    reader.feed(data)
    while reader.close():
        pass
    response = reader.response
    usage = {k: v for k, v in (response.usage or {}).items() if v is not None}
    return {
        "valid": True,
        "accumulated_tool_calls": [as_openai(call) for call in response.tool_calls],
        "usage": usage,
        "content_blocks": [
            {"type": block.type, "content": block.text}
            for block in response.first.blocks
            if isinstance(block, TextBlock | ThinkingBlock)
        ],
        "finish_reason": response.finish_reason,
    }


def as_openai(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments_raw}
    return {"id": call.id, "type": call.type, "function": function}


def event_mapping(case: Case) -> Outcome:
    rules = compile_rules(case.input["event_map"])
    raw = [event for frame in case.input["frames"] for event in rules(frame, None, "", None)]
    events = [{"type": name, **fields} for name, fields in raw]
    return {"events": events, "event_count": len(events)}


def tool_accumulation(case: Case) -> Outcome:
    frames = [
        {"choices": [{"index": 0, "delta": {"tool_calls": [chunk]}}]}
        for chunk in case.input["partial_chunks"]
    ]
    frames.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    data = "".join(f"data: {json.dumps(frame)}\n\n" for frame in frames).encode()
    reader = case.provider().api().reader(status=200, headers={}, stream=True)
    reader.feed(data)
    while reader.close():
        pass
    calls = reader.response.tool_calls
    return {
        "assembled_tool_calls": [{"index": call.index, **as_openai(call)} for call in calls],
        "complete": all(call.is_complete for call in calls),
    }


def response_parsing(case: Case) -> Outcome:
    reader = case.provider().api().reader(status=200, headers={}, stream=False)
    reader.feed(json.dumps(case.input["response_body"]).encode())
    while reader.close():
        pass
    usage = reader.response.usage or {}
    return {"valid": True, "usage": {k: v for k, v in usage.items() if v is not None}}


def retry_decision(case: Case) -> Outcome:
    code = StandardErrorCode.from_code(case.input["error"]["error_code"])
    status = code.http_status
    error = RemoteError("m", status_code=status, standard_code=code)
    policy = RetryConfig.from_manifest(case.input["retry_policy"])
    for random in (0.0, 0.999):
        decision = decide(error, case.input["attempt"], policy, random=lambda r=random: r)
    if not isinstance(decision, Retry):
        return {"should_retry": False}
    return {"should_retry": True, "delay_ms": decision.delay * 1000}


def credential_resolution(case: Case) -> Outcome:
    provider = case.provider()
    found = resolve(
        case.input["provider"],
        provider.auth,
        case.input.get("explicit_credential"),
        environ=case.setup.get("env") or {},
        keyring=lambda service, user: None,
        host_supplied="wasm" in case.input.get("runtime_target", ""),
    )
    printed = f"{found!r} {found.diagnostics}"
    if found.status == "missing":
        try:
            found.require()
        except AiLibError as error:
            printed += str(error)
    return {
        "status": found.status,
        "source_kind": found.source_kind,
        "source_name": found.source_name,
        "required": list(found.required),
        "conventional_fallbacks": list(found.conventional_fallbacks),
        "value_redacted": found.value is None or found.value not in printed,
        "implicit_env_allowed": found.source_kind.endswith("_env"),
        "implicit_keyring_allowed": found.source_kind == "keyring",
        "shadowed_envs_must_not_resolve": list(provider.auth.shadowed_env),
        "printed": printed,
    }


def auth_attachment(case: Case) -> Outcome:
    outcome = credential_resolution(case)
    auth = case.provider().auth
    value = resolve(case.input["provider"], auth, environ=case.setup["env"]).value
    put = attach(auth, value)
    assert all(value in text for text in (*put.headers.values(), *put.query.values()))
    return {
        **outcome,
        "headers": dict.fromkeys(put.headers, REDACTED),
        "query_params": dict.fromkeys(put.query, REDACTED),
        "printed": f"{outcome['printed']} {put!r}",
    }


def capability_check(case: Case) -> Outcome:
    provider = case.provider()
    wanted = case.input.get("required_capability")
    return {
        "valid": True,
        "capability_declared": wanted in provider.capabilities,
        "mcp_integration_method": provider.mcp_integration_method,
    }


def capability_guard(case: Case) -> Outcome:
    provider = case.provider()
    try:
        provider.capabilities.require(METHOD_NEEDS[case.input["method"]], provider.id)
    except CapabilityError as error:
        return {"error_code": str(error.standard_code)}
    return {"error_code": None}


def advanced_endpoint_mapping(case: Case) -> Outcome:
    method, path = case.provider().endpoint(case.input["operation"], case.input["fallback"])
    return {"method": method, "path": path}


def fallback_decision(case: Case) -> Outcome:
    code = StandardErrorCode.from_code(case.input["error_code"])
    return {"should_fallback": RemoteError("m", standard_code=code).fallbackable}


def provider_mock_behavior(case: Case) -> Outcome:
    def read(body: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
        return {path: compile_path(path)(body) for path in wanted}

    given = case.input
    return {
        "request_assert": read(given["request_body"], case.expected["request_assert"]),
        "response_assert": read(given["response_body"], case.expected["response_assert"]),
    }


def content_block_encode(case: Case) -> Outcome:
    style = case.input["api_style"]
    provider = case.made(
        {
            "id": "case",
            "protocol_version": "2.0",
            "endpoint": {"base_url": "https://example.com"},
            "provider_contract": {"api_style": style},
        }
    )
    blocks = [document(block) for block in case.input["blocks"]]
    try:
        body = provider.api().body(ChatRequest("m", (Message.user(blocks),)))
    except CapabilityError:
        return {"valid": False}
    (made,) = body.get("messages") or body["contents"]
    return {"encoded": made.get("content") or made["parts"]}


def document(block: Mapping[str, Any]) -> ContentBlock:
    if block["block_type"] == "text":
        return TextBlock(block["text"])
    field = {"base64": "data", "ref": "ref", "url": "url"}[block["source_type"]]
    return DocumentBlock(**{field: block["data"]}, media_type=block["mime_type"])


def text_tool_parse(case: Case) -> Outcome:
    return text_calls(
        parse(case.input["response_text"], lenient=case.input["config"]["lenient_parsing"])
    )


def text_tool_hybrid(case: Case) -> Outcome:
    native = [
        ToolCall(call["id"], call["name"], json.dumps(call["arguments"]))
        for call in case.input["native_tool_calls"]
    ]
    lenient = case.input["config"]["lenient_parsing"]
    return text_calls(parse_hybrid(case.input["content"], native, lenient=lenient))


def text_calls(found: Any) -> Outcome:
    calls = [{"name": call.name, "arguments": call.arguments} for call in found.calls]
    return {"remaining_text": found.remaining_text, "tool_calls": calls}


def text_tool_prompt(case: Case) -> Outcome:
    config = case.input["config"]
    text = prompt(case.input["tools"], level=config["prompt_level"], locale=config["locale"])
    return {"prompt_contains": text}


RUN: Mapping[str, Callable[[Case], Outcome]] = {
    function.__name__: function
    for function in (
        protocol_loading,
        error_classification,
        message_building,
        parameter_mapping,
        request_building,
        stream_decode,
        event_mapping,
        tool_accumulation,
        response_parsing,
        retry_decision,
        credential_resolution,
        auth_attachment,
        capability_check,
        capability_guard,
        advanced_endpoint_mapping,
        fallback_decision,
        provider_mock_behavior,
        content_block_encode,
        text_tool_parse,
        text_tool_hybrid,
        text_tool_prompt,
    )
}


def misses(expected: Mapping[str, Any], got: Outcome) -> Iterator[str]:
    """What differs, as lines; every key of ``expected`` is looked at."""
    for key, wanted in expected.items():
        if key in ("must_not_contain", "diagnostic_must_not_contain"):
            yield from (f"{key}: {text}" for text in wanted if text in got["printed"])
        elif key in ("diagnostic_contains", "diagnostic_should_mention"):
            yield from (f"{key}: {text}" for text in wanted if text not in got["printed"])
        elif key not in got:
            yield f"{key}: nothing was reported"
        else:
            yield from differences(key, wanted, got[key])


def differences(place: str, wanted: Any, got: Any) -> Iterator[str]:
    if place == "errors" and wanted and isinstance(wanted, list):
        yield from (f"errors: {text}" for text in wanted if text not in " ".join(got))
    elif place == "prompt_contains":
        yield from (f"prompt: {text}" for text in wanted if text not in got)
    elif place in ("request_contains", "document_mapping"):
        yield from (f"{place}: {k}" for k, v in wanted.items() if got.get(k) != v)
    elif isinstance(wanted, Mapping) and "assert" in wanted:
        size = len(got)
        if not wanted.get("min", 0) <= size <= wanted.get("max", size):
            yield f"{place}: {size} entries"
    elif isinstance(wanted, Mapping) and wanted.keys() == {"min", "max"}:
        if not wanted["min"] <= got <= wanted["max"]:
            yield f"{place}: {got} is not within {dict(wanted)}"
    elif isinstance(wanted, list) and all(isinstance(w, Mapping) for w in wanted):
        for number, (one, other) in enumerate(itertools.zip_longest(wanted, got)):
            yield from element(f"{place}[{number}]", one, other)
    elif wanted != got:
        yield f"{place}: expected {wanted!r}, got {got!r}"


def element(place: str, wanted: Any, got: Any) -> Iterator[str]:
    if wanted is None or got is None:
        yield f"{place}: expected {wanted!r}, got {got!r}"
        return
    wanted = dict(wanted)
    part = wanted.pop("content_contains", None)
    if part is not None and not re.search(re.escape(part), got["content"]):
        yield f"{place}: no {part!r}"
    if part is None and wanted == {"type": "frame"}:
        wanted, got = {}, {}
    got = {key: got[key] for key in got if key in wanted} if part is not None else got
    if wanted != got:
        yield f"{place}: expected {wanted!r}, got {got!r}"
