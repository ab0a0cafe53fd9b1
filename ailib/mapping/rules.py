"""Rules of a manifest: frame to raw events.

A rule is one of

    {match, emit, extract}     an event where ``match`` holds; without ``match``, where the first
                               extracted value is present; without both, always
    {match, rules}             a group under a condition
    {each: path, rules}        the group once an element; ``.`` is the element
    {in: path, rules}          the group where the value is an object; ``.`` is that object
    {switch: path, cases, default}   the group named by the value

``each`` and ``in`` may carry ``with``, fields that every event below inherits, and instead of
``rules`` the ``emit`` and ``extract`` of the one event below. All rules
are evaluated for every frame, in order. An extracted value is a path (starts with ``$`` or
``.``), ``_generate_uuid``, or a literal. ``fields`` means ``extract`` (public V1). A public rule
with ``[*]`` in its paths is an ``each`` over the part before it.

A raw event is ``(name, fields)``; values that are missing are left out of ``fields``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ailib.mapping.grammar import (
    EACH,
    Compare,
    Expr,
    ExpressionError,
    Join,
    Not,
    Path,
    Present,
    parse,
    parse_path,
)
from ailib.mapping.source import Block, Writer, present

RawEvent = tuple[str, dict[str, Any]]
Rules = Callable[[Any, str | None, str, str | None], list[RawEvent]]

ITEM = Path(".")
KINDS = ("emit", "each", "in", "switch", "rules")
EVENT_KEYS = ("match", "emit", "extract", "fields")


class RuleError(ValueError):
    """A rule cannot be used; ``pointer`` says which, as JSON pointer below the rule list."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(f"{pointer}: {message}")
        self.pointer, self.message = pointer, message


def compile_rules(rules: Sequence[Mapping[str, Any]]) -> Rules:
    """One function of ``(data, event, text, exception)`` of a frame that gives its raw events.

    Raises `RuleError`.
    """
    writer = Writer()
    writer.lines.append("def events(data, event, text, exception):")
    known = {
        Path("$"): "data",
        ITEM: "data",
        Path("event"): "event",
        Path("text"): "text",
        Path("exception"): "exception",
    }
    block = Block(writer, 1, known, {"data": "root"})
    block.line("out = []")
    block.line("root = data if data.__class__ is dict else {}")
    _group(rules, block, {}, "")
    block.line("return out")
    return writer.build("events")


def _group(
    rules: Sequence[Mapping[str, Any]], block: Block, fields: Mapping[str, str], pointer: str
) -> None:
    for number, rule in enumerate(rules):
        place = f"{pointer}/{number}"
        try:
            _rule(rule, block, fields, place)
        except ExpressionError as error:
            raise RuleError(place, str(error)) from None


def _rule(rule: Mapping[str, Any], block: Block, fields: Mapping[str, str], pointer: str) -> None:
    kind = next((name for name in KINDS if name in rule), None)
    if kind is None:
        raise RuleError(pointer, f"expected one of {', '.join(KINDS)}")
    outer = next((name for name in ("each", "in") if name in rule), None)
    if kind == "emit" and outer:
        event = {name: rule[name] for name in EVENT_KEYS if name in rule}
        group = {outer: rule[outer], "with": rule.get("with") or {}, "rules": [event]}
        _nested(outer, group, block, fields, pointer)
    elif kind == "emit":
        _event(rule, block, fields, pointer)
    elif kind == "switch":
        _switch(rule, block, fields, pointer)
    else:
        _nested(kind, rule, block, fields, pointer)


def _nested(
    kind: str, rule: Mapping[str, Any], block: Block, fields: Mapping[str, str], pointer: str
) -> None:
    if kind == "rules":
        inner = block
        if "match" in rule:
            block.line(f"if {block.condition(parse(rule['match']))}:")
            inner = block.nested()
    else:
        value = block.read(parse_path(rule[kind]))
        if kind == "each":
            item = block.writer.local()
            block.line(f"if {value}:")
            inner = block.nested()
            listed = f"{value} if {value}.__class__ is list else items({value})"
            inner.line(f"for {item} in {listed}:")
            inner = inner.nested()
        else:
            item = value
            block.line(f"if {value}.__class__ is dict:")
            inner = block.nested(value)
        inner.known = {path: name for path, name in inner.known.items() if path.root != "."}
        inner.known[ITEM] = item
        if "match" in rule:
            inner.line(f"if {inner.condition(parse(rule['match']))}:")
            inner = inner.nested()
    if not isinstance(rule.get("rules"), list):
        raise RuleError(pointer, f"{kind} needs a list of rules, or an emit")
    own = {name: _value(value, inner) for name, value in rule.get("with", {}).items()}
    inner.line("pass")
    _group(rule["rules"], inner, {**fields, **own}, f"{pointer}/rules")


def _switch(rule: Mapping[str, Any], block: Block, fields: Mapping[str, str], pointer: str) -> None:
    value = block.read(parse_path(rule["switch"]))
    word = "if"
    for case, rules in rule.get("cases", {}).items():
        block.line(f"{word} {value} == {_literal(case, block)}:")
        word = "elif"
        inner = block.nested()
        inner.line("pass")
        _group(rules, inner, fields, f"{pointer}/cases/{case}")
    if rule.get("default"):
        block.line("else:" if word == "elif" else "if True:")
        _group(rule["default"], block.nested(), fields, f"{pointer}/default")


def _event(rule: Mapping[str, Any], block: Block, fields: Mapping[str, str], pointer: str) -> None:
    if (starred := _fanned_out(rule)) is not None:
        _nested("each", starred, block, fields, pointer)
        return
    extract: Mapping[str, Any] = rule.get("extract") or rule.get("fields") or {}
    condition = _condition(rule, extract, block)
    inner = block
    if condition:
        block.line(f"if {condition}:")
        inner = block.nested()
    values = dict(fields)
    optional = set()
    for name, value in extract.items():
        values[name] = _value(value, inner)
        if _is_path(value) and values[name] != _shown(condition):
            optional.add(name)
    certain = ", ".join(f"{str(n)!r}: {v}" for n, v in values.items() if n not in optional)
    emit, event = str(rule["emit"]), inner.writer.local()
    if not optional:
        inner.line(f"out.append(({emit!r}, {{{certain}}}))")
        return
    inner.line(f"{event} = {{{certain}}}")
    for name in extract:
        if name in optional:
            inner.line(f"if {values[name]} is not None: {event}[{str(name)!r}] = {values[name]}")
    inner.line(f"out.append(({emit!r}, {event}))")


def _shown(condition: str) -> str:
    """The local that a bare-path condition has shown to be present; empty for any other."""
    name = condition.removeprefix("(").partition(" ")[0]
    return name if condition == present(name) else ""


def _condition(rule: Mapping[str, Any], extract: Mapping[str, Any], block: Block) -> str:
    if "match" in rule:
        return block.condition(parse(rule["match"]))
    first = next((value for value in extract.values() if _is_path(value)), None)
    return block.condition(Present(parse_path(first))) if first is not None else ""


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value[:1] in ("$", ".")


def _value(value: Any, block: Block) -> str:
    if _is_path(value):
        return block.read(parse_path(value))
    if value == "_generate_uuid":
        return f"{block.writer.constant(_made_up)}()"
    return _literal(value, block)


def _literal(value: Any, block: Block) -> str:
    """``value`` as source: text and whole numbers as they are written, anything else that YAML
    knows (dates, NaN, lists) as a constant."""
    plain = value is None or type(value) in (str, int, bool)
    return repr(value) if plain else block.writer.constant(value)


def _made_up() -> str:
    return f"call_{os.urandom(16).hex()}"


def _fanned_out(rule: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A public rule with ``[*]`` as an ``each`` over the part before the first one; ``None`` for
    a rule without."""
    extract: Mapping[str, Any] = rule.get("extract") or rule.get("fields") or {}
    expr = parse(rule["match"]) if "match" in rule else None
    paths = _paths(expr) if expr else []
    paths += [parse_path(value) for value in extract.values() if _is_path(value)]
    starred = next((path for path in paths if path.has_each), None)
    if starred is None:
        return None
    prefix = Path(starred.root, starred.steps[: starred.steps.index(EACH)])
    inner: dict[str, Any] = {"emit": rule["emit"]}
    inner["extract"] = {
        name: _relative(value, prefix) if _is_path(value) else value
        for name, value in extract.items()
    }
    if "match" in rule:
        inner["match"] = _relative_text(rule["match"], prefix)
    return {"each": write_path(prefix), "rules": [inner]}


def _paths(expr: Expr) -> list[Path]:
    match expr:
        case Present(path) | Compare(path):
            return [path]
        case Not(inner):
            return _paths(inner)
        case Join(_, parts):
            return [path for part in parts for path in _paths(part)]


def _relative(text: str, prefix: Path) -> str:
    path = parse_path(text)
    size = len(prefix.steps)
    under = path.root == prefix.root and path.steps[: size + 1] == (*prefix.steps, EACH)
    return write_path(Path(".", path.steps[size + 1 :])) if under else text


def _relative_text(match: str, prefix: Path) -> str:
    each = f"{write_path(prefix)}[*]"
    return match.replace(f"{each}.", ".").replace(each, ".")


def write_path(path: Path) -> str:
    """The path as text that parses to it."""
    steps = "".join(
        f"[{step}]" if step == EACH or isinstance(step, int) else f".{step}" for step in path.steps
    )
    if path.root == ".":
        return steps or "."
    return ("$" if path.root == "$" else f"${path.root}") + steps
