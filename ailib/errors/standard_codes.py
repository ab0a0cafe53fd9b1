"""The thirteen standard error codes of AI-Protocol V2 (``error-codes.yaml``).

A code is a value, not a class: every error of this library carries one, whatever its place in
the tree of `ailib.errors`. It compares equal to its string (``error.standard_code == "E2001"``)
and prints as it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, eq=False)
class StandardErrorCode:
    """One row of the table: what a failure is, and what may be done about it.

    ``http_status`` is the typical status (``None`` where there is none); ``retryable`` says that
    the same request may succeed later, ``fallbackable`` that another model may answer instead.
    """

    code: str
    name: str
    category: str
    http_status: int | None
    retryable: bool
    fallbackable: bool
    description: str

    def __str__(self) -> str:
        return self.code

    def __eq__(self, other: object) -> bool:
        if isinstance(other, StandardErrorCode):
            return self.code == other.code
        return isinstance(other, str) and other == self.code

    def __hash__(self) -> int:
        return hash(self.code)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return StandardErrorCode.from_code, (self.code,)

    @staticmethod
    def from_code(code: str) -> StandardErrorCode:
        """The row of ``"E2001"``; E9999 for a string that is no code."""
        return BY_CODE.get(code, E9999)

    @staticmethod
    def from_name(name: str) -> StandardErrorCode:
        """The row of a standard class name (``"rate_limited"``), an alias of it, or E9999."""
        return BY_NAME.get(name) or BY_NAME.get(ALIASES.get(name, ""), E9999)

    from_error_class = from_name

    @staticmethod
    def from_http_status(status: int) -> StandardErrorCode:
        """The row of an HTTP status: exact, else E1001 for 4xx, E3001 for 5xx, E9999 otherwise."""
        if status in BY_STATUS:
            return BY_STATUS[status]
        if 400 <= status < 500:
            return E1001
        return E3001 if 500 <= status < 600 else E9999


def _row(
    code: str,
    name: str,
    category: str,
    status: int | None,
    actions: str,
    description: str,
) -> StandardErrorCode:
    return StandardErrorCode(
        code,
        name,
        category,
        status,
        "retry" in actions,
        "fallback" in actions,
        description,
    )


E1001: Final = _row("E1001", "invalid_request", "client", 400, "", "The request is malformed.")
E1002: Final = _row("E1002", "authentication", "client", 401, "fallback", "The key is not valid.")
E1003: Final = _row("E1003", "permission_denied", "client", 403, "", "The key may not do this.")
E1004: Final = _row("E1004", "not_found", "client", 404, "", "No such model or resource.")
E1005: Final = _row("E1005", "request_too_large", "client", 413, "", "The request is too large.")
E2001: Final = _row("E2001", "rate_limited", "rate", 429, "retry fallback", "Too many requests.")
E2002: Final = _row("E2002", "quota_exhausted", "rate", 429, "fallback", "The quota is used up.")
E3001: Final = _row("E3001", "server_error", "server", 500, "retry fallback", "Provider failure.")
E3002: Final = _row("E3002", "overloaded", "server", 503, "retry fallback", "Provider overloaded.")
E3003: Final = _row("E3003", "timeout", "server", 504, "retry fallback", "No answer in time.")
E4001: Final = _row("E4001", "conflict", "operational", 409, "retry", "The resource is in use.")
E4002: Final = _row("E4002", "cancelled", "operational", None, "", "The caller cancelled.")
E9999: Final = _row("E9999", "unknown", "unknown", None, "", "Cause not known.")

ALL: Final = (
    E1001, E1002, E1003, E1004, E1005, E2001, E2002, E3001, E3002, E3003, E4001, E4002, E9999,
)  # fmt: skip
BY_CODE: Final = {row.code: row for row in ALL}
BY_NAME: Final = {row.name: row for row in ALL}

# The standard status map (ARCH-003); a manifest's own map is asked first.
BY_STATUS: Final = {
    400: E1001, 422: E1001, 401: E1002, 403: E1003, 404: E1004, 413: E1005, 402: E2002,
    429: E2001, 500: E3001, 502: E3001, 503: E3002, 529: E3002, 504: E3003, 408: E3003,
    409: E4001, 499: E4002,
}  # fmt: skip

# Names that public manifests and documents use for the same thing.
ALIASES: Final = {
    "insufficient_quota": "quota_exhausted",
    "permission": "permission_denied",
    "context_length": "request_too_large",
    "context_length_exceeded": "request_too_large",
    "capability_not_declared": "request_too_large",
    "unsupported_capability": "request_too_large",
    "content_filter": "invalid_request",
    "other": "unknown",
}
