"""YAML with positions: every value's line is known by its JSON pointer.

Keys may not repeat, dates and the words yes, no, on, off stay text, and an error names file and
line. Several documents may stand in one file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conformance.errors import InvalidFileError, UsageError


class _Loader(yaml.SafeLoader):
    """The core schema of YAML 1.2: null, true, false, numbers, text."""


_RESOLVERS = (
    ("tag:yaml.org,2002:bool", r"true|false", "tf"),
    ("tag:yaml.org,2002:null", r"null|~|", ["n", "~", ""]),
    ("tag:yaml.org,2002:int", r"[-+]?[0-9]+", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"[-+]?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?", "-+0123456789"),
)
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in _RESOLVERS:
    _Loader.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$"), list(_first))


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its data and where each pointer's value begins (1-based lines)."""

    file: str
    data: Any
    lines: dict[str, int]

    def line(self, pointer: str) -> int | None:
        """The line of a pointer, or of its nearest known parent."""
        while pointer not in self.lines and pointer:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer)

    def find(self, text: str) -> str:
        """The pointer of the first text that contains this one; empty where none does."""
        return next((at for at, value in _texts(self.data, "") if text in value), "")

    def error(
        self, pointer: str, expected: str, found: str, hint: str | None = None
    ) -> InvalidFileError:
        """An error that points into this document."""
        return InvalidFileError(self.file, self.line(pointer), pointer, expected, found, hint=hint)


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield f"{pointer}/{key}", key
            yield from _texts(item, f"{pointer}/{key}")
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _texts(item, f"{pointer}/{position}")


def read(path: Path, name: str | None = None) -> list[Document]:
    """The documents of a file, called ``name`` in errors.

    Raises `UsageError` where it cannot be read, `InvalidFileError` where it is no YAML.
    """
    shown = name or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"{shown}: cannot be read: {reason}") from error
    return parse(text, shown)


def parse(text: str, file: str) -> list[Document]:
    """The documents of a text."""
    loader = _Loader(text)
    documents = []
    try:
        while loader.check_node():
            node = loader.get_node()
            assert node is not None
            lines: dict[str, int] = {}
            data = _build(loader, node, "", lines, file)
            if data is not None:
                documents.append(Document(file, data, lines))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InvalidFileError(
            file, mark.line + 1 if mark else None, "", "YAML", error.problem or "something else"
        ) from error
    finally:
        loader.dispose()
    return documents


def _build(loader: _Loader, node: yaml.Node, pointer: str, lines: dict[str, int], file: str) -> Any:
    lines[pointer] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key, line, value, inner in _pairs(node, pointer):
            if key in mapping:
                raise InvalidFileError(file, line, inner, "each key once", f"{key!r} again")
            mapping[key] = _build(loader, value, inner, lines, file)
            lines[inner] = line
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [
            _build(loader, item, f"{pointer}/{position}", lines, file)
            for position, item in enumerate(node.value)
        ]
    return loader.construct_object(node)


def _pairs(node: yaml.MappingNode, pointer: str) -> Iterator[tuple[str, int, yaml.Node, str]]:
    """Key, its line, value and pointer of each entry."""
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        yield key, line, value_node, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
