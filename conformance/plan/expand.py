"""From one scenario to its permutations.

An axis is a list of names out of the shared table of that axis (``scenarios/axes.yaml``), or a
table of its own: name → row. A permutation takes one row of each; ``${axis.path}`` anywhere in the
scenario becomes the row's value, of its own type where it is the whole text. ``${axis}`` alone is
the chosen name; ``${axis.path[other]}`` picks, where the value is a table by the names of another
axis, the entry of the name chosen there. A value may itself hold references. A row with ``only:
{other: [names]}`` goes with these names of another axis alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from conformance.errors import UsageError

_REFERENCE = re.compile(r"\$\{([a-z_]+)((?:\.[A-Za-z0-9_-]+)*)(?:\[([a-z_]+)\])?\}")
_DEEPEST = 8

Table = Mapping[str, Mapping[str, Any]]


class UnknownReferenceError(UsageError):
    """A reference, or the name of an axis value, that no table has; ``reference`` is its text."""

    def __init__(self, reference: str, problem: str) -> None:
        super().__init__(f"{reference}: {problem}")
        self.reference = reference


def axes_of(raw: Mapping[str, Any], shared: Mapping[str, Table]) -> dict[str, Table]:
    """Each axis of a scenario with the rows it runs over."""
    axes: dict[str, Table] = {}
    for axis, values in raw.items():
        if isinstance(values, Mapping):
            axes[axis] = values
            continue
        table = shared.get(axis, {})
        names = list(table) if values == "all" else values
        unknown = [name for name in names if name not in table]
        if unknown:
            known = ", ".join(table) or "no shared table of that name"
            raise UnknownReferenceError(unknown[0], f"not on axis {axis}; known: {known}")
        axes[axis] = {name: table[name] for name in names}
    return axes


def permutations(
    axes: Mapping[str, Table], exclude: list[Mapping[str, Any]]
) -> Iterator[dict[str, str]]:
    """Every choice of one name an axis, but those an ``exclude`` row or an ``only`` rules out."""
    for chosen in product(*axes.values()):
        choice = dict(zip(axes, chosen, strict=True))
        rows = [axes[axis][name] for axis, name in choice.items()]
        fits = all(_covers(row.get("only", {}), choice) for row in rows)
        if fits and not any(_covers(row, choice) for row in exclude):
            yield choice


def _covers(row: Mapping[str, Any], choice: Mapping[str, str]) -> bool:
    return all(
        choice[axis] in (wanted if isinstance(wanted, list) else [wanted])
        for axis, wanted in row.items()
    )


def fill(value: Any, choice: Mapping[str, str], axes: Mapping[str, Table], depth: int = 0) -> Any:
    """The value with every reference replaced. Raises `UnknownReferenceError`."""
    if depth > _DEEPEST:
        raise UnknownReferenceError(str(value), "references go round in a circle")
    if isinstance(value, Mapping):
        return {
            fill(key, choice, axes, depth): fill(item, choice, axes, depth)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [fill(item, choice, axes, depth) for item in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return fill(_look_up(whole, choice, axes), choice, axes, depth + 1)
    return _REFERENCE.sub(
        lambda found: str(fill(_look_up(found, choice, axes), choice, axes, depth + 1)), value
    )


def _look_up(found: re.Match[str], choice: Mapping[str, str], axes: Mapping[str, Table]) -> Any:
    axis, path = found[1], found[2].split(".")[1:]
    if axis not in choice:
        raise UnknownReferenceError(found[0], f"the scenario has no axis {axis!r}")
    if not path:
        return choice[axis]
    value: Any = axes[axis][choice[axis]]
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            raise UnknownReferenceError(found[0], f"{axis} {choice[axis]!r} has no {key!r}")
        value = value[key]
    return value if found[3] is None else _picked(value, found, choice)


def _picked(value: Any, found: re.Match[str], choice: Mapping[str, str]) -> Any:
    name = choice.get(found[3])
    if name is None:
        raise UnknownReferenceError(found[0], f"the scenario has no axis {found[3]!r}")
    if not isinstance(value, Mapping) or not {name, "else"} & set(value):
        raise UnknownReferenceError(found[0], f"no entry {name!r} and no 'else'")
    return value[name] if name in value else value["else"]
