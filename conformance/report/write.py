"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from conformance.errors import UsageError


@contextmanager
def whole(path: Path) -> Iterator[IO[str]]:
    """A text file that appears under its name when the block ends well.

    Raises `UsageError` where the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise UsageError(
            f"{path.parent}: cannot be written: {error.strerror}", hint="choose another --out"
        ) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            yield file
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write(path: Path, text: str) -> None:
    """Writes a text file whole. A lone surrogate, which UTF-8 has no bytes for, becomes its
    escape."""
    with whole(path) as file:
        file.write(text.encode("utf-8", "backslashreplace").decode("utf-8"))
