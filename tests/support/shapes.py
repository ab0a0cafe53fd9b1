"""JSON paths of a value, as the census of recorded traffic writes them: ``choices[].index``."""

from __future__ import annotations

from typing import Any

ENOUGH = 20
"""Recordings from which on "always present" means something."""
TYPES = {str: "str", int: "int", float: "float", bool: "bool", type(None): "null"}


def paths(value: Any, at: str = "") -> dict[str, set[str]]:
    """Every path of the value with the types seen there; ``$`` is the value itself."""
    found: dict[str, set[str]] = {}
    _walk(value, at, found)
    return found


def _walk(value: Any, at: str, found: dict[str, set[str]]) -> None:
    kind = TYPES.get(type(value)) or ("object" if isinstance(value, dict) else "array")
    found.setdefault(at or "$", set()).add(kind)
    if isinstance(value, dict):
        for key, part in value.items():
            _walk(part, f"{at}.{key}" if at else key, found)
    elif isinstance(value, list):
        for part in value:
            _walk(part, f"{at}[]", found)


def differences(
    value: Any, census: dict[str, Any], free: tuple[str, ...], rare: dict[str, str]
) -> list[str]:
    """Where a value's shape leaves what was recorded.

    ``census`` is ``{path: {n, of, types}}``. A path is missing if its parent is here and no
    recorded object had the parent without it. ``free`` are paths below which anything may stand
    (a schema of the caller); ``rare`` maps paths allowed although never recorded to the reason.
    """
    seen = paths(value)
    problems = []
    for path, kinds in seen.items():
        if path in rare or any(path.startswith(prefix) and path != prefix for prefix in free):
            continue
        known = census.get(path)
        if known is None:
            problems.append(f"never recorded: {path}")
            continue
        wrong = kinds - set(known["types"])
        if wrong == {"int"} and "float" in known["types"]:
            wrong = set()
        if wrong:
            problems.append(f"{path} is {sorted(wrong)}, recorded as {sorted(known['types'])}")
    for path, known in census.items():
        parent = "$" if "." not in path else path.rpartition(".")[0]
        always = known["n"] >= ENOUGH and known["n"] == census[parent]["n"]
        if always and parent in seen and path not in seen and not path.endswith("[]"):
            problems.append(f"missing: {path}")
    return problems
