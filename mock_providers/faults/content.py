"""What a stream or a body says, changed: finish reasons, usage, text, tool calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mock_providers.faults import jsonwalk
from mock_providers.faults.plan import Fault
from mock_providers.faults.rewrite import Change, Part, each, part_of, rewritten, text_only
from mock_providers.faults.script import Op, Piece, Script, Wire
from mock_providers.faults.spec import Param, Spec

_WORDS: dict[str, Any] = {"null": None, "empty": ""}


def _finish(script: Script, fault: Fault, wire: Wire) -> Script:
    value = fault["value"]

    def change(part: Part) -> bool:
        done = False
        for holder, key in list(jsonwalk.members(part.json, jsonwalk.FINISH)):
            if holder[key] is None and not fault["every"]:
                continue
            if value == "absent":
                del holder[key]
            else:
                holder[key] = _WORDS.get(value, value)
            done = True
        final = part.json.get("response", part.json) if isinstance(part.json, dict) else None
        if part.kind in {"finish", None} and isinstance(final, dict) and "output" in final:
            final["status"] = _WORDS.get(value, value)
            done = True
        return done

    return rewritten(script, wire, change)


def _zeroed(value: Any) -> Any:
    match value:
        case dict():
            return {key: _zeroed(inner) for key, inner in value.items()}
        case list():
            return [_zeroed(inner) for inner in value]
        case int() | float() if not isinstance(value, bool):
            return 0
        case _:
            return value


def _floats(value: Any) -> Any:
    match value:
        case dict():
            return {key: _floats(inner) for key, inner in value.items()}
        case int() if not isinstance(value, bool):
            return float(value)
        case _:
            return value


def _without_details(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: inner for key, inner in value.items() if not isinstance(inner, dict | list)}


_INPUT = ("prompt_tokens", "input_tokens", "promptTokenCount", "inputTokens")
_OUTPUT = ("completion_tokens", "output_tokens", "candidatesTokenCount", "outputTokens")


def _tokens(value: Any, names: tuple[str, ...]) -> int:
    return next((value[name] for name in names if name in value), 0)


def _like_openai(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    taken, given = _tokens(value, _INPUT), _tokens(value, _OUTPUT)
    details = {"reasoning_tokens": 5, "accepted_prediction_tokens": 0}
    return {"prompt_tokens": taken, "completion_tokens": given, "total_tokens": taken + given,
            "completion_tokens_details": details}  # fmt: skip


def _like_anthropic(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    cache = {"cache_creation_input_tokens": 4, "cache_read_input_tokens": 2}
    return {
        "input_tokens": _tokens(value, _INPUT), "output_tokens": _tokens(value, _OUTPUT), **cache
    }  # fmt: skip


_USAGES: dict[str, Callable[[Any], Any]] = {
    "zero": _zeroed,
    "floats": _floats,
    "no_details": _without_details,
    "null": lambda _value: None,
    "openai": _like_openai,
    "anthropic": _like_anthropic,
}


def _usage(script: Script, fault: Fault, wire: Wire) -> Script:
    mode = fault["mode"]
    last: list[tuple[str, Any]] = []
    if mode == "every":
        found = [slot for op in script.ops if (part := part_of(op)) for slot in _usage_slots(part)]
        last = [(key, holder[key]) for holder, key in found if holder[key] is not None][-1:]

    def change(part: Part) -> bool:
        slots = _usage_slots(part)
        if mode == "every":
            if part.kind != "delta" or not last or not isinstance(part.json, dict):
                return False
            part.json[last[0][0]] = last[0][1]
            return True
        for holder, key in slots:
            if mode == "missing":
                del holder[key]
            else:
                holder[key] = _USAGES[mode](holder[key])
        return bool(slots)

    return rewritten(script, wire, change)


def _usage_slots(part: Part) -> list[jsonwalk.Slot]:
    return list(jsonwalk.members(part.json, jsonwalk.USAGE))


def _text_change(fault: Fault) -> Change:
    mode = fault["mode"]
    said: list[str] = []

    def change(part: Part) -> bool:
        slots = [slot for slot in jsonwalk.texts(part.json) if slot[0][slot[1]]]
        for holder, key in slots:
            piece = holder[key]
            said.append(piece)
            match mode:
                case "cumulative":
                    holder[key] = "".join(said)
                case "replacement":
                    holder[key] = "\ufffd" + piece[1:]
                case "surrogates":
                    holder[key] = piece + _HIGH if len(said) % 2 else _LOW + piece
                case "unicode":
                    holder[key] = "zwölf ☃ 𝄞 " + piece
                case "separators":
                    holder[key] = piece + "\u2028\x85\u2029"
                case "null":
                    holder[key] = None
                case "blocks":
                    holder[key] = [{"type": "text", "text": piece}]
                case "think":
                    holder[key] = piece if len(said) > 1 else f"<think>hm</think>{piece}"
                case "role":
                    holder["role"] = "assistant"
        return bool(slots)

    return change


_HIGH, _LOW = "\ud83d", "\ude00"
_RAW_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")


def _text(script: Script, fault: Fault, wire: Wire) -> Script:
    done = rewritten(script, wire, _text_change(fault))
    if fault["mode"] != "surrogates":
        return done
    text_only(script, fault)
    return each(done, lambda piece: iter((_escaped(piece),)))


def _escaped(piece: Piece) -> Piece:
    """Lone surrogates as JSON escapes: no encoder may write them as bytes."""

    def escape(found: re.Match[bytes]) -> bytes:
        return b"\\u%04x" % ord(found[0].decode("utf-8", "surrogatepass"))

    return Piece(_RAW_SURROGATE.sub(escape, piece.data), piece.event)


_LISTS = ("choices", "candidates", "output", "content")


def _tops(value: Any) -> list[dict[str, Any]]:
    """The object of an answer: the whole, or what stands in it as ``message`` or ``response``."""
    if not isinstance(value, dict):
        return []
    inner = [value[key] for key in ("message", "response") if isinstance(value.get(key), dict)]
    return [value, *inner]


def _empty(script: Script, fault: Fault, wire: Wire) -> Script:
    mode = fault["mode"]

    def change(part: Part) -> bool:
        if mode == "text":
            slots = [slot for slot in jsonwalk.texts(part.json) if slot[0][slot[1]]]
            for holder, key in slots:
                holder[key] = ""
            return bool(slots)
        found = [(top, key) for top in _tops(part.json) for key in _LISTS if key in top]
        for top, key in found:
            if mode == "missing":
                del top[key]
            else:
                top[key] = None if mode == "null" else []
        return bool(found)

    done = rewritten(script, wire, change)
    if mode == "text" or any(_listed(op) for op in script.ops):
        return done
    # Content comes in blocks that are opened and closed: without them nothing is left.
    kept = [op for op in done.ops if not isinstance(op, Piece) or not _of_block(op)]
    return replace(done, ops=kept)


def _listed(op: Op) -> bool:
    part = part_of(op)
    return part is not None and part.kind != "start" and isinstance(part.json, dict) and (
        "choices" in part.json or "candidates" in part.json
    )  # fmt: skip


def _of_block(piece: Piece) -> bool:
    return piece.event is not None and piece.event.kind in {"delta", "other"}


def _extra(script: Script, _fault: Fault, wire: Wire) -> Script:
    def change(part: Part) -> bool:
        holders = [part.json] if isinstance(part.json, dict) else []
        holders += [
            holder[key]
            for holder, key in jsonwalk.members(part.json, {"delta", "message", "usage"})
            if isinstance(holder[key], dict)
        ]
        for holder in holders:
            holder["x_mock_unknown"] = {"nested": [1, "two", None]}
        return bool(holders)

    return rewritten(script, wire, change)


def _anonymous(script: Script, _fault: Fault, wire: Wire) -> Script:
    def change(part: Part) -> bool:
        found = [(top, k) for top in _tops(part.json) for k in top if k in jsonwalk.IDENTITY]
        for top, key in found:
            top[key] = 0 if isinstance(top[key], int) else ""
        return bool(found)

    return rewritten(script, wire, change)


FAULTS = (
    Spec(
        "finish",
        "content",
        "another finish reason: any word, or null, empty, absent; `every` puts it on every event",
        "finish(error)",
        ("C2", "C4"),
        (Param("value", default="error"), Param("every", "flag", False)),
        _finish,
    ),
    Spec(
        "usage",
        "content",
        "usage that is missing, null, zero, made of floats, without its details, in OpenAI's or "
        "Anthropic's form, or on every event",
        "usage(missing)",
        ("C9",),
        (Param("mode", default="missing", choices=("missing", "every", *_USAGES)),),
        _usage,
    ),
    Spec(
        "text",
        "content",
        "text that is cumulative, holds U+FFFD, split surrogates, code points of several bytes or "
        "line separators, is null, a list of blocks, has inline <think>, or repeats the role",
        "text(cumulative)",
        ("C6", "C10", "S7"),
        (
            Param(
                "mode",
                default="unicode",
                choices=(
                    "cumulative",
                    "replacement",
                    "surrogates",
                    "unicode",
                    "separators",
                    "null",
                    "blocks",
                    "think",
                    "role",
                ),
            ),
        ),
        _text,
    ),
    Spec(
        "empty",
        "content",
        "an answer with nothing in it: empty text; no choices, candidates or content blocks, "
        "these null, or missing",
        "empty(choices)",
        ("C7", "C3", "H11"),
        (Param("mode", default="choices", choices=("choices", "null", "missing", "text")),),
        _empty,
    ),
    Spec(
        "extra",
        "content",
        "members nobody knows in every object",
        "extra",
        ("C11",),
        (),
        _extra,
    ),
    Spec(
        "anonymous",
        "content",
        "id, model and time of creation are empty",
        "anonymous",
        ("C3",),
        (),
        _anonymous,
    ),
)
