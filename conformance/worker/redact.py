"""Credentials out of a transcript, before it leaves the worker, and ports, which differ by run.

Every credential of a case is known, so it is looked for everywhere, in plain, URL- and base64-
encoded and JSON-escaped form, and replaced by `SECRET`. The judge sees where it was.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar
from urllib.parse import quote

from conformance.model import SECRET

T = TypeVar("T")

HOST = "127.0.0.1"
_PORT = re.compile(re.escape(HOST) + r":\d{1,5}\b")


class Redactor:
    """Replaces the given secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        self._forms = sorted(forms, key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without secrets."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, SECRET)
        return _PORT.sub(HOST, text) if HOST in text else text

    def __call__(self, value: T) -> T:
        """The value, whatever its shape, without secrets; keys of mappings included."""
        return self._value(value)  # type: ignore[no-any-return]

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self._value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._value(item) for item in value)
        if is_dataclass(value) and not isinstance(value, type):
            changes = {f.name: self._value(getattr(value, f.name)) for f in fields(value)}
            return replace(value, **changes)
        return value


def _forms(secret: str) -> Iterable[str]:
    yield secret
    yield quote(secret, safe="")
    yield json.dumps(secret)[1:-1]
    raw = secret.encode()
    # A secret inside a longer base64 text begins at one of three places of its alphabet.
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        start = {0: 0, 1: 2, 2: 3}[shift]
        stop = len(encoded) - {0: 0, 1: 3, 2: 2}[(len(raw) + shift) % 3]
        yield encoded[start:stop]
    yield raw.hex()
