"""Single conditions and paths as functions, for rooms that ask once an answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ailib.mapping.grammar import EACH, ExpressionError, Path, parse, parse_path
from ailib.mapping.source import Block, Writer

__all__ = ["ExpressionError", "compile_condition", "compile_path", "find_all"]


@cache
def compile_path(text: str) -> Callable[[Any], Any]:
    """A function from a JSON value to the value at the path, ``None`` where there is none."""
    path = parse_path(text)
    writer = Writer()
    writer.lines.append("def read(value):")
    block = Block(writer, 1, {Path("$"): "value", Path("."): "value"})
    block.line(f"return {block.read(path)}" if path.steps else "return value")
    return writer.build("read")


@cache
def compile_condition(text: str) -> Callable[[Any], bool]:
    """A function that tells whether the expression holds of a JSON value."""
    writer = Writer()
    writer.lines.append("def holds(value):")
    block = Block(writer, 1, {Path("$"): "value", Path("."): "value"})
    condition = block.condition(parse(text))
    block.line(f"return bool({condition})")
    return writer.build("holds")


def find_all(text: str, value: Any) -> list[Any]:
    """All values at the path, ``[*]`` meaning each; missing and null ones left out."""
    values = [value]
    for step in parse_path(text).steps:
        if step == EACH:
            values = [
                inner
                for outer in values
                for inner in (
                    outer if isinstance(outer, list) else list(getattr(outer, "values", list)())
                )
            ]
        elif isinstance(step, int):
            values = [v[step] for v in values if isinstance(v, list) and step < len(v)]
        else:
            values = [v[step] for v in values if isinstance(v, dict) and step in v]
    return [v for v in values if v is not None]
