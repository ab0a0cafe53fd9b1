"""Takes secrets out of whatever is about to be shown: error texts, bodies, headers."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from ailib.errors import AiLibError

REDACTED = "<redacted>"
# A shorter value would eat ordinary words of a message, and protects nothing.
SHORTEST = 6
SECRET_HEADERS = ("authorization", "cookie", "key", "token", "secret")


class Redactor:
    """Replaces some secrets, in plain, URL-quoted and base64 form, by ``<redacted>``."""

    __slots__ = ("_known", "_secrets")

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secrets)
        self._known: tuple[str, ...] | None = None

    @property
    def _forms(self) -> tuple[str, ...]:
        """What to look for, longest first; made at first use, since few calls fail."""
        if self._known is not None:
            return self._known
        forms: set[str] = set()
        for secret in self._secrets:
            if len(secret) >= SHORTEST:
                encoded = base64.b64encode(secret.encode()).decode()
                forms |= {secret, quote(secret, safe=""), quote_plus(secret), quote(secret)}
                forms |= {encoded, encoded.rstrip("=")}
        self._known = tuple(sorted(forms, key=len, reverse=True))
        return self._known

    @staticmethod
    def of_request(key: str | None, extra_headers: Mapping[str, str]) -> Redactor:
        """For a provider's key and those extra headers whose names speak of secrets."""
        secrets = [key] if key else []
        for name, value in extra_headers.items():
            if any(word in name.lower() for word in SECRET_HEADERS):
                secrets += [value, value.rpartition(" ")[2]]
        return Redactor(secrets)

    def text(self, text: str) -> str:
        """``text`` without the secrets."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, REDACTED)
        return text

    def value(self, value: Any) -> Any:
        """A JSON-like value without the secrets, in keys and strings at any depth."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes):
            return self.text(value.decode("utf-8", "replace")).encode()
        if isinstance(value, Mapping):
            return {self.value(k): self.value(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.value(item) for item in value)
        return value

    def error(self, error: AiLibError) -> None:
        """Cleans everything an error shows, in place; the answer received so far is left.

        The exceptions behind it go: they may hold the request.
        """
        error.__cause__ = error.__context__ = None
        if not self._forms:
            return
        error.args = tuple(self.value(arg) for arg in error.args)
        for name, value in vars(error).items():
            if name != "partial":
                setattr(error, name, self.value(value))

    def __repr__(self) -> str:
        return f"Redactor({len(self._forms)} forms)"
