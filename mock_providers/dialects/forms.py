"""Fields and files of a ``multipart/form-data`` body."""

from __future__ import annotations

from email import policy
from email.parser import BytesParser

from mock_providers.dialects.base import Inbound


def fields(inbound: Inbound) -> dict[str, str | bytes]:
    """The parts by name: text as text, files as bytes; empty where the body is no form."""
    content_type = inbound.headers.get("content-type", "")
    if not content_type.startswith("multipart/form-data"):
        return {}
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(head + inbound.body)
    found: dict[str, str | bytes] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(data, bytes):
            plain = part.get_filename() is None
            found[name] = data.decode("utf-8", "replace") if plain else data
    return found
