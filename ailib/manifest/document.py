"""Reading a manifest file: YAML or JSON, UTF-8 or UTF-16, with or without BOM; data only."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import yaml

from ailib.errors import ManifestInvalidError

MAX_BYTES: Final = 2_000_000
MAX_DEPTH: Final = 60
MAX_NODES: Final = 200_000
"""Nodes of a manifest, aliases counted each time they are used."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

Source = Path | Traversable


def read_document(source: Source) -> dict[str, Any]:
    """The mapping in ``source``. Raises `ManifestInvalidError` with file and line."""
    name = str(source)
    data = source.read_bytes()
    if len(data) > MAX_BYTES:
        raise invalid(name, f"larger than {MAX_BYTES} bytes", found=f"{len(data)} bytes")
    encoding = next((code for bom, code in _BOMS if data.startswith(bom)), "utf-8")
    try:
        text = data.decode(encoding)
        loaded = yaml.load(text, _LOADER)
    except UnicodeDecodeError as error:
        raise invalid(name, f"not {encoding}: {error.reason}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not YAML"
        raise invalid(name, str(problem), line=mark.line + 1 if mark else None) from None
    except RecursionError:
        raise invalid(name, f"nested deeper than {MAX_DEPTH}") from None
    if not isinstance(loaded, dict):
        raise invalid(name, "a manifest is a mapping", found=type(loaded).__name__)
    _measure(loaded, name)
    return loaded


def invalid(
    file: str,
    message: str,
    *,
    line: int | None = None,
    pointer: str | None = None,
    expected: str | None = None,
    found: str | None = None,
    hint: str | None = None,
) -> ManifestInvalidError:
    """The error, its message made of all that is known."""
    place = f"{file}:{line}" if line else file
    parts = [f"{place}: {message}"]
    if pointer:
        parts.append(f"at {pointer}")
    if expected:
        parts.append(f"expected {expected}")
    if found:
        parts.append(f"found {found}")
    return ManifestInvalidError(
        ", ".join(parts),
        file=file,
        line=line,
        pointer=pointer,
        expected=expected,
        found=found,
        hint=hint,
    )


def line_of(source: Source, pointer: Iterable[str | int]) -> int | None:
    """The line of the node at a pointer, or of the nearest one above it that is there."""
    data = source.read_bytes()
    encoding = next((code for bom, code in _BOMS if data.startswith(bom)), "utf-8")
    node = yaml.compose(data.decode(encoding), yaml.SafeLoader)
    line = None
    for step in pointer:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(step)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            inner = node.value[step] if step < len(node.value) else None
            pair = (inner, inner) if inner is not None else None
        else:
            pair = None
        if pair is None:
            break
        line = pair[0].start_mark.line + 1
        node = pair[1]
    return line


def _measure(value: Any, name: str) -> None:
    """Refuses what is deep or huge once its aliases are written out."""
    count = 0
    stack = [(value, 0)]
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise invalid(name, f"deeper than {MAX_DEPTH} or more than {MAX_NODES} values")
        if isinstance(node, dict):
            stack.extend((inner, depth + 1) for inner in node.values())
        elif isinstance(node, list):
            stack.extend((inner, depth + 1) for inner in node)
