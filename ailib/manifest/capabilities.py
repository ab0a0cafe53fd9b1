"""What a manifest declares that its provider can do, and what a request needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ailib.errors import CapabilityError
from ailib.types import AudioBlock, ChatRequest, ContentBlock, ImageBlock, ToolResultBlock

# Other words for the same, from documents and older manifests.
ALIASES: Final = {
    "chat": "text",
    "tool_calling": "tools",
    "function_calling": "tools",
    "reranking": "rerank",
    "json_mode": "structured_output",
}
ALWAYS: Final = frozenset(("text", "streaming"))
# V1 manifests can say no more than these; what they cannot say is not held against them.
V1_WORDS: Final = frozenset(
    ("text", "streaming", "tools", "vision", "agentic", "reasoning", "parallel_tools")
)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The declared names; ``expressible`` are those the manifest could have declared."""

    names: frozenset[str]
    expressible: frozenset[str] | None = None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and ALIASES.get(name, name) in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.names))

    def allow(self, name: str) -> bool:
        """Whether a call that needs ``name`` may be sent."""
        name = ALIASES.get(name, name)
        unsaid = self.expressible is not None and name not in self.expressible
        return name in self.names or name in ALWAYS or unsaid

    def require(self, name: str, provider: str) -> None:
        """Raises `CapabilityError` (E1005) where ``name`` is not declared."""
        if not self.allow(name):
            raise CapabilityError(
                f"provider {provider!r} does not declare {name}",
                hint=f"it declares: {', '.join(self) or 'nothing'}",
            )


def read_capabilities(manifest: Mapping[str, Any]) -> Capabilities:
    """The ``capabilities`` block in any of its forms; text and streaming alone without one."""
    block = manifest.get("capabilities")
    if isinstance(block, list):
        return Capabilities(_names(block))
    if not isinstance(block, Mapping):
        return Capabilities(ALWAYS)
    if "required" in block or "optional" in block:
        listed = [*(block.get("required") or ()), *(block.get("optional") or ())]
        flags = block.get("feature_flags") or {}
        listed += [name for name, on in flags.items() if on is True]
        return Capabilities(_names(listed))
    on = [name for name, value in block.items() if value is True]
    return Capabilities(_names([*on, "text"]), V1_WORDS)


def needs_of(request: ChatRequest) -> Iterator[str]:
    """The capabilities that a chat request makes use of."""
    if request.stream:
        yield "streaming"
    if request.tools:
        yield "tools"
    if (request.response_format or {}).get("type") == "json_schema":
        yield "structured_output"
    blocks = [block for message in request.messages for block in _blocks(message.content)]
    if any(isinstance(block, ImageBlock) for block in blocks):
        yield "vision"
    if any(isinstance(block, AudioBlock) for block in blocks):
        yield "audio"


def _blocks(content: Any) -> Iterator[ContentBlock]:
    if isinstance(content, str):
        return
    for block in content:
        yield block
        if isinstance(block, ToolResultBlock) and isinstance(block.content, list | tuple):
            yield from (inner for inner in block.content if isinstance(inner, ContentBlock))


def _names(listed: Any) -> frozenset[str]:
    return frozenset(ALIASES.get(str(name), str(name)) for name in listed)
