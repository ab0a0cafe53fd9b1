"""What a manifest says about one kind of answer, compiled: the constants of an assembler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ailib.assemble.usage import compile_usage
from ailib.types import Usage

# Normalised finish reasons and, per reason, the raw words of all providers that mean it. A
# manifest's ``termination.mapping`` is asked first. Sources: AI-Protocol termination mappings;
# finish reasons of recorded traffic; the vendors' enums.
FINISH: Final[Mapping[str, tuple[str, ...]]] = {
    "end_turn": ("stop", "end_turn", "eos", "eos_token", "complete", "completed", "endoftext"),
    "max_tokens": (
        "length",
        "max_tokens",
        "max_output_tokens",
        "model_length",
        "model_context_window_exceeded",
    ),
    "stop_sequence": ("stop_sequence",),
    "tool_use": ("tool_calls", "tool_call", "tool_use", "function_call"),
    "refusal": (
        "content_filter",
        "refusal",
        "sensitive",
        "safety",
        "recitation",
        "blocklist",
        "prohibited_content",
        "spii",
        "model_armor",
        "image_safety",
        "language",
        "guardrail_intervened",
        "content_filtered",
    ),
    "pause_turn": ("pause_turn",),
}
NORMALISED: Final = {word: reason for reason, words in FINISH.items() for word in words}
REASONS: Final = frozenset((*FINISH, "cancelled", "other"))


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """How one API's answers are put together.

    ``usage`` reads a usage object. ``finish`` maps raw finish words; ``failed`` maps those that
    mean the provider gave up to a standard error name. ``empty_finish`` are raw words that mean
    none was given (DashScope's ``"null"``). ``plain_eof``: a stream may end without a finish
    reason or terminator. ``append_names``: a tool's name comes in pieces. ``think_tags``: the tags
    around reasoning that opens the text.
    """

    usage: Callable[[Mapping[str, Any]], Usage | None]
    finish: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    empty_finish: frozenset[str] = frozenset()
    plain_eof: bool = False
    append_names: bool = False
    think_tags: tuple[str, str] | None = None

    def normalise(self, raw: str | None) -> str | None:
        """The normalised finish reason of a raw one; ``other`` for a word nobody knows."""
        if raw is None:
            return None
        return self.finish.get(raw) or NORMALISED.get(raw.lower(), "other")


def plan(api: Mapping[str, Any]) -> AnswerPlan:
    """The plan of an API's ``usage``, ``termination`` and ``end`` blocks."""
    termination = api.get("termination") or {}
    end = api.get("end") or {}
    mapping = {str(k): str(v) for k, v in (termination.get("mapping") or {}).items()}
    tags = api.get("think_tags")
    return AnswerPlan(
        usage=compile_usage(api.get("usage") or {}),
        finish={raw: name if name in REASONS else "other" for raw, name in mapping.items()},
        failed=dict(termination.get("errors") or {}),
        empty_finish=frozenset(termination.get("none") or ()),
        plain_eof=end.get("eof") == "plain",
        append_names=(api.get("tool_calls") or {}).get("names") == "append",
        think_tags=(str(tags[0]), str(tags[1])) if tags else None,
    )
