"""``results.ndjson``: a header, a line a result with its transcript, a footer with the counts.

A file without its footer is half a run and is refused. The header alone holds a date.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from jsonschema.exceptions import best_match

from conformance.errors import InvalidFileError, UsageError
from conformance.model import Result, count
from conformance.plan.schema import validator


@dataclass(frozen=True, slots=True)
class Run:
    """A file of results, read back."""

    header: Mapping[str, Any]
    results: tuple[Result, ...]


def dump(value: Mapping[str, Any]) -> str:
    """One line of JSON; the order of keys is kept, for a case is named by the order of its axes."""
    return json.dumps(value, separators=(",", ":"))


def write(file: IO[str], header: Mapping[str, Any], results: Iterable[Result]) -> None:
    """All lines."""
    kept = list(results)
    print(dump({"kind": "header", "format": 1, **header}), file=file)
    for result in kept:
        print(dump({"kind": "result", **result.to_json()}), file=file)
    print(dump({"kind": "footer", "counts": count(kept)}), file=file)


def read(path: Path) -> Run:
    """The results of a file. Raises `UsageError` or `InvalidFileError`."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"{path}: cannot be read: {reason}") from error
    rows = [_row(path, number, line) for number, line in enumerate(lines, 1)]
    kinds = [row["kind"] for row in rows]
    if kinds[:1] != ["header"]:
        raise InvalidFileError(str(path), 1, "", "a header", kinds[0] if kinds else "nothing")
    if kinds[-1] != "footer":
        raise InvalidFileError(
            str(path), len(rows), "", "a footer", kinds[-1], hint="the run that wrote it was cut"
        )
    results = tuple(
        Result.from_json({k: v for k, v in row.items() if k != "kind"})
        for row in rows
        if row["kind"] == "result"
    )
    names = [result.case.name for result in results]
    if len(set(names)) != len(names):
        raise InvalidFileError(str(path), None, "", "each case once", "a case twice")
    if rows[-1]["counts"] != count(results):
        raise InvalidFileError(
            str(path), len(rows), "/counts", f"{count(results)}", f"{rows[-1]['counts']}"
        )
    return Run(rows[0], results)


def _row(path: Path, number: int, line: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InvalidFileError(str(path), number, "", "JSON", f"{line[:60]!r}") from error
    problem = best_match(validator("result").iter_errors(row))
    if problem is not None:
        pointer = "".join(f"/{part}" for part in problem.path)
        raise InvalidFileError(
            str(path), number, pointer, "a header, result or footer", problem.message[:120]
        )
    parsed: Mapping[str, Any] = row
    return parsed
