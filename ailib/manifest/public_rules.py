"""The ``streaming`` and ``response_paths`` sections of a public manifest as rules of ours.

Only for a manifest whose dialect is none of our families; the others are read by their family.

| public                                   | here                                              |
|------------------------------------------|---------------------------------------------------|
| event_map                                | the rules, field names made ours                  |
| content_path, tool_call_path, usage_path | rules, where event_map is empty                   |
| frame_selector                           | a group under that condition                      |
| candidate.fan_out                        | ``[0]`` of the candidate list becomes ``[*]``     |
| accumulator.flush_on                     | ``ToolCallEnded``                                 |
| stop_condition                           | ``Done``                                          |
| response_paths, features.response_mapping.tool_calls | the rules of a plain body             |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Rule = dict[str, Any]

OUR_FIELDS: Final = {
    "tool_call_id": "id",
    "tool_name": "name",
    "index": "key",
    "partial_json": "arguments",
    "candidate_index": "candidate",
}
_ERROR: Final[Rule] = {"match": "$.error", "emit": "StreamError", "extract": {"error": "$"}}


def stream_rules(streaming: Mapping[str, Any]) -> list[Rule]:
    """The rules of a stream; empty where the section says nothing about content."""
    listed = [_ours(rule) for rule in streaming.get("event_map") or ()] or _shortcuts(streaming)
    if not listed:
        return []
    candidate = streaming.get("candidate") or {}
    if candidate.get("fan_out") and "[*]" in str(candidate.get("candidate_id_path")):
        listed = [_fanned_out(rule, candidate["candidate_id_path"]) for rule in listed]
    if flush := (streaming.get("accumulator") or {}).get("flush_on"):
        listed.append({"match": flush, "emit": "ToolCallEnded"})
    if stop := streaming.get("stop_condition"):
        listed.append({"match": stop, "emit": "Done"})
    if selector := streaming.get("frame_selector"):
        listed = [{"match": selector, "rules": listed}]
    return [_ERROR, *listed]


def body_rules(document: Mapping[str, Any]) -> list[Rule]:
    """The rules of a plain body; empty where ``response_paths`` does not say where text is."""
    paths: Mapping[str, Any] = document.get("response_paths") or {}
    if "content" not in paths:
        return []
    rules: list[Rule] = [_ERROR, {"emit": "Candidate", "match": f"exists({paths['content']})"}]
    named = [path for name in ("reasoning_content", "reasoning") if (path := paths.get(name))]
    rules += [_taken("ThinkingDelta", "thinking", path) for path in named]
    rules.append(_taken("PartialContentDelta", "content", paths["content"]))
    rules += _calls(document, paths)
    if path := paths.get("usage"):
        rules.append(_taken("Metadata", "usage", path))
    if path := paths.get("finish_reason") or paths.get("stop_reason"):
        rules.append(_taken("StreamEnd", "finish_reason", path))
    return rules


def _calls(document: Mapping[str, Any], paths: Mapping[str, Any]) -> list[Rule]:
    features = document.get("features") or {}
    spec = (features.get("response_mapping") or {}).get("tool_calls") or {}
    fields = spec.get("fields") or {}
    if spec.get("path") and fields.get("name"):
        extract = {
            "id": _inner(fields.get("id") or "_generate_uuid"),
            "name": _inner(fields["name"]),
            "arguments": _inner(fields.get("args", "")),
            "whole": True,
        }
        call: Rule = {"match": extract["name"], "emit": "PartialToolCall", "extract": extract}
        return [{"each": _rooted(spec["path"]), "rules": [call]}]
    if path := paths.get("tool_calls"):
        return [_taken("PartialToolCall", "tool_calls", path)]
    return []


def _taken(emit: str, field: str, path: str) -> Rule:
    return {"match": path, "emit": emit, "extract": {field: _rooted(path)}}


def _rooted(path: str) -> str:
    return path if path.startswith("$") else f"$.{path}"


def _inner(path: str) -> str:
    """A path below the element of a list; a literal such as ``_generate_uuid`` stays."""
    if path == "_generate_uuid" or not path:
        return path
    return f".{path.removeprefix('$').removeprefix('.')}"


def _ours(rule: Mapping[str, Any]) -> Rule:
    extract: Mapping[str, Any] = rule.get("extract") or rule.get("fields") or {}
    renamed = {OUR_FIELDS.get(name, name): value for name, value in extract.items()}
    return {**{k: rule[k] for k in ("match", "emit") if k in rule}, "extract": renamed}


def _shortcuts(streaming: Mapping[str, Any]) -> list[Rule]:
    rules = []
    for key, emit, field in (
        ("content_path", "PartialContentDelta", "content"),
        ("tool_call_path", "PartialToolCall", "tool_calls"),
        ("usage_path", "Metadata", "usage"),
    ):
        if path := streaming.get(key):
            rules.append(_taken(emit, field, path))
    return rules


def _fanned_out(rule: Rule, id_path: str) -> Rule:
    """``$.choices[0].x`` meant for each candidate, its index told."""
    every = id_path[: id_path.index("[*]") + 3]
    first = every.replace("[*]", "[0]")
    extract = {
        name: value.replace(first, every) if isinstance(value, str) else value
        for name, value in rule["extract"].items()
    }
    if not any(isinstance(v, str) and v.startswith(every) for v in extract.values()):
        return rule
    made = {**rule, "extract": {**extract, "candidate": id_path}}
    if "match" in rule:
        made["match"] = rule["match"].replace(first, every)
    return made
