"""What this package raises, and the exit code each stands for.

ConformanceError
├── UsageError       2  an option, a pattern or a file that cannot be used (file, line, pointer …)
├── HarnessError     3  a worker, an adapter or a mock failed: no verdict was reached
├── SelfCheckError   4  the suite failed its own check
└── NothingSelectedError 5  the selection is empty
"""

from __future__ import annotations

from typing import ClassVar


class ConformanceError(Exception):
    """Base; ``exit_code`` is the command's, ``hint`` says how to mend it."""

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class UsageError(ConformanceError):
    """The caller's input is wrong."""

    exit_code = 2


class InvalidFileError(UsageError):
    """A file is wrong: ``file``, ``line`` (1-based), ``pointer``, ``expected``, ``found``."""

    def __init__(
        self,
        file: str,
        line: int | None,
        pointer: str,
        expected: str,
        found: str,
        *,
        hint: str | None = None,
    ) -> None:
        self.file, self.line, self.pointer = file, line, pointer
        self.expected, self.found = expected, found
        where = f"{file}:{line}" if line else file
        at = f" at {pointer}" if pointer else ""
        super().__init__(f"{where}{at}: expected {expected}, found {found}", hint=hint)


class HarnessError(ConformanceError):
    """No verdict: the harness, an adapter or a mock failed."""

    exit_code = 3


class SelfCheckError(ConformanceError):
    """The suite did not catch what it must, or caught what it must not."""

    exit_code = 4


class NothingSelectedError(ConformanceError):
    """No case is left after selection."""

    exit_code = 5
