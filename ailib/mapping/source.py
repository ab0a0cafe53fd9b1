"""Trees to Python source: paths and conditions as expressions over local names.

A manifest's rules run once a frame, millions of times; interpreting them costs more than all the
rest. So they are written out as one Python function. Nothing of a manifest's text reaches that
source but through ``repr`` of a string or number, and local names are counted here, never taken
from the manifest: a manifest stays data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ailib.mapping.grammar import EACH, Compare, Expr, ExpressionError, Join, Not, Path, Present

PYTHON_TYPES: Final = {
    "string": "str",
    "object": "dict",
    "array": "list",
    "boolean": "bool",
}


def present(name: str) -> str:
    """An expression that tells whether the local ``name`` has a value that is not empty; 0 and
    false are values. Most locals are a full text or ``None``: those are told apart first."""
    return f"({name} or ({name} is not None and {name} == 0))"


class Block:
    """Lines of one indentation, the paths already read into locals there, and for locals that
    need no look at their type the object to read from."""

    def __init__(
        self,
        writer: Writer,
        indent: int,
        known: dict[Path, str],
        objects: Mapping[str, str] | None = None,
    ) -> None:
        self.writer, self.indent, self.known = writer, indent, known
        self.objects = objects or {}

    def line(self, text: str) -> None:
        """Adds a line."""
        self.writer.lines.append("    " * self.indent + text)

    def nested(self, *objects: str) -> Block:
        """The block under the line just written; it may use all that is known here, and that
        ``objects`` are objects."""
        sure = {**self.objects, **{name: name for name in objects}}
        return Block(self.writer, self.indent + 1, dict(self.known), sure)

    def read(self, path: Path) -> str:
        """The local that holds the value at ``path``, read here if it was not yet."""
        name = self.known.get(path)
        if name is not None:
            return name
        if not path.steps:
            raise ExpressionError(f"{path.root!r} has no meaning here")
        parent = self.read(Path(path.root, path.steps[:-1]))
        step = path.steps[-1]
        name = self.writer.local()
        if step == EACH:
            self.line(f"{name} = first({parent})")
        elif isinstance(step, int):
            self.line(f"{name} = at({parent}, {step})")
        elif step == "length":
            self.line(f"{name} = length({parent})")
        elif parent in self.objects:
            self.line(f"{name} = {self.objects[parent]}.get({step!r})")
        else:
            self.line(
                f"{name} = {parent}.get({step!r}) if {parent}.__class__ is dict else None",
            )
        self.known[path] = name
        return name

    def condition(self, expr: Expr) -> str:
        """An expression that tells whether ``expr`` holds; its paths are read here."""
        match expr:
            case Present(path, strict):
                name = self.read(path)
                return f"({name} is not None)" if strict else present(name)
            case Not(inner):
                return f"(not {self.condition(inner)})"
            case Join(word, parts):
                return "(" + f" {word} ".join([self.condition(part) for part in parts]) + ")"
            case Compare(path, op, value):
                return self._compare(self.read(path), op, value)

    def _compare(self, name: str, op: str, value: Any) -> str:
        if op == "is":
            if value == "null":
                return f"({name} is None)"
            if value == "number":
                return f"({name}.__class__ in (int, float))"
            return f"({name}.__class__ is {PYTHON_TYPES[value]})"
        if op == "=~":
            pattern = value if isinstance(value, re.Pattern) else re.compile(str(value))
            constant = self.writer.constant(pattern.search)
            return f"({name}.__class__ is str and {constant}({name}) is not None)"
        if isinstance(value, re.Pattern):
            raise ExpressionError(f"a regular expression goes with =~, not {op}")
        if op == "in":
            return f"({name} in {value!r})"
        if op in ("==", "!="):
            return f"({name} {op} {value!r})"
        return f"(number({name}) and {name} {op} {value!r})"


class Writer:
    """Collects the lines and constants of one function and compiles it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = dict(HELPERS)
        self._count = 0

    def local(self) -> str:
        """A fresh local name."""
        self._count += 1
        return f"v{self._count}"

    def constant(self, value: Any) -> str:
        """A name under which the function sees ``value``."""
        self._count += 1
        name = f"c{self._count}"
        self.constants[name] = value
        return name

    def build(self, name: str) -> Callable[..., Any]:
        """The function ``name`` defined by the lines."""
        namespace = dict(self.constants)
        exec(compile("\n".join(self.lines), f"<manifest {name}>", "exec"), namespace)
        function: Callable[..., Any] = namespace[name]
        return function


def _first(value: Any) -> Any:
    if value.__class__ is list:
        return value[0] if value else None
    return next(iter(value.values()), None) if value.__class__ is dict else None


def _at(value: Any, index: int) -> Any:
    if value.__class__ is list:
        return value[index] if index < len(value) else None
    return value.get(str(index)) if value.__class__ is dict else None


def _length(value: Any) -> Any:
    if value.__class__ is dict and "length" in value:
        return value["length"]
    return len(value) if value.__class__ in (list, str, dict) else None


def _items(value: Any) -> list[Any]:
    """What ``each`` walks over: a list, or an object where a list was to be expected."""
    if value.__class__ is list:
        return value
    return [value] if value.__class__ is dict else []


def _number(value: Any) -> bool:
    return value.__class__ in (int, float)


HELPERS: Final[dict[str, Any]] = {
    "first": _first,
    "at": _at,
    "length": _length,
    "items": _items,
    "number": _number,
}
