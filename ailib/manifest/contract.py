"""Provider contracts of the public format: what a manifest promises about its dialect.

Only what changes a request or an answer is read: the dialect (``api_style``), and whether a
document given by reference may be sent (``ref_resolution``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ailib.manifest.document import invalid, line_of, read_document

API_STYLES: Final = ("openai_compatible", "anthropic_messages", "gemini_generate", "custom")
REF_RESOLUTIONS: Final = ("error_before_encode", "resolve_at_runtime")


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract. ``document`` is its mapping of document blocks, empty where it has none."""

    provider_id: str
    api_style: str
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def refuses_references(self) -> bool:
        """Whether a document given by reference is an error before anything is encoded."""
        return bool(self.document.get("ref_resolution", REF_RESOLUTIONS[0]) == REF_RESOLUTIONS[0])


def load_contract(path: Path) -> Contract:
    """The contract in a file. Raises `ManifestInvalidError`."""
    document = read_document(path)
    contract = read_contract(document)
    for pointer, value, allowed in (
        (("api_style",), contract.api_style, API_STYLES),
        (
            ("request_mapping", "content_block_mapping", "document", "ref_resolution"),
            contract.document.get("ref_resolution", REF_RESOLUTIONS[0]),
            REF_RESOLUTIONS,
        ),
    ):
        if value not in allowed:
            raise invalid(
                str(path),
                "not a contract this library can follow",
                line=line_of(path, pointer),
                pointer="/" + "/".join(pointer),
                expected=" or ".join(allowed),
                found=repr(value),
            )
    return contract


def read_contract(document: Mapping[str, Any]) -> Contract:
    """The contract in a document, as it stands."""
    mapping = (document.get("request_mapping") or {}).get("content_block_mapping") or {}
    return Contract(
        str(document.get("provider_id", "")),
        str(document.get("api_style", "custom")),
        mapping.get("document") or {},
    )
