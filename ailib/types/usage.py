"""Token counts of a call, as the provider reported them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Usage(Mapping[str, Any]):
    """Token counts; ``None`` where the provider did not say. Also readable as a mapping.

    ``prompt_tokens`` and ``completion_tokens`` are the provider's own figures, ``total_tokens``
    its own or their sum; cached, reasoning and audio tokens are the parts it names. ``raw`` is
    the object it sent; ``estimated`` is true only where the figures are not the provider's.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    reasoning_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_creation_tokens: int | None = None
    audio_input_tokens: int | None = None
    audio_output_tokens: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)
    estimated: bool = False

    @property
    def input_tokens(self) -> int | None:
        """Same as ``prompt_tokens``."""
        return self.prompt_tokens

    @property
    def output_tokens(self) -> int | None:
        """Same as ``completion_tokens``."""
        return self.completion_tokens

    def __getitem__(self, key: str) -> Any:
        if key in _KEYS:
            return getattr(self, key)
        return self.raw[key]

    def __iter__(self) -> Iterator[str]:
        return iter(_FIELDS)

    def __len__(self) -> int:
        return len(_FIELDS)


_FIELDS = tuple(name for name in Usage.__dataclass_fields__ if name not in {"raw", "estimated"})
_KEYS = {*_FIELDS, "input_tokens", "output_tokens"}
