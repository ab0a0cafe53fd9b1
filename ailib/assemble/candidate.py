"""One answer while it grows: its blocks in the order received."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ailib.assemble.surrogates import PairJoiner
from ailib.assemble.think import Pieces, ThinkSplitter
from ailib.assemble.tools import Call, ToolCalls
from ailib.types import Candidate, ContentBlock, RawBlock, TextBlock, ThinkingBlock


@dataclass(slots=True)
class Text:
    """A text block while it grows."""

    key: Any = None
    parts: list[str] = field(default_factory=list)
    signature: str | None = None

    def block(self) -> TextBlock:
        """The block as a value."""
        return TextBlock("".join(self.parts), self.signature)


@dataclass(slots=True)
class Thinking:
    """A reasoning block while it grows."""

    key: Any = None
    parts: list[str] = field(default_factory=list)
    signature: str | None = None
    redacted: str | None = None
    id: str | None = None

    def block(self) -> ThinkingBlock:
        """The block as a value."""
        return ThinkingBlock("".join(self.parts), self.signature, self.redacted, self.id)


@dataclass(slots=True)
class Raw:
    """A block of the provider's own kind; fragments of its ``input`` may follow."""

    key: Any
    data: Any
    parts: list[str] = field(default_factory=list)

    def block(self) -> RawBlock:
        """The block as a value."""
        if not self.parts or not isinstance(self.data, dict):
            return RawBlock(self.data)
        text = "".join(self.parts)
        try:
            return RawBlock({**self.data, "input": json.loads(text)})
        except ValueError:
            return RawBlock({**self.data, "input": text})


Part = Text | Thinking | Raw | Call


class Growing:
    """One candidate: blocks, tool calls, finish."""

    def __init__(
        self,
        index: int,
        *,
        append_names: bool = False,
        think_tags: tuple[str, str] | None = None,
    ) -> None:
        self.index = index
        self.thought = PairJoiner()
        self._said = PairJoiner()
        self._think = ThinkSplitter(*think_tags) if think_tags else None
        self.parts: list[Part] = []
        self._text: Text | None = None
        self._raws: dict[Any, Raw] = {}
        self.tools = ToolCalls(append_names=append_names)
        self.raw_finish: str | None = None
        self.refused = False
        self.told = False

    def takes_as_is(self, text: str) -> bool:
        """Whether ``text`` needs no second look: nearly all of it, so this is the fast way."""
        return text.isascii() and text != "" and self._think is None and not self._said.held

    def words(self, text: str) -> Pieces:
        """What of a piece of text may be given out: ``(is reasoning, text)``."""
        text = self._said.join(text)
        if self._think is not None:
            return self._think.split(text)
        return [(False, text)] if text else []

    def last_words(self) -> Pieces:
        """What was held back at the end of the answer."""
        rest = self._said.flush()
        if self._think is not None:
            return [*self._think.split(rest), *self._think.flush()]
        return [(False, rest)] if rest else []

    def text(self, key: Any) -> Text:
        """The text block to append to."""
        last = self._text
        # Nearly always the same; without a key it must still be the last of all blocks.
        same = last is not None and last.key == key and last.signature is None
        if last is not None and same and (key is not None or self.parts[-1] is last):
            return last
        for part in self._recent(key):
            if isinstance(part, Text) and part.key == key and part.signature is None:
                self._text = part
                return part
        made = self._text = Text(key)
        self.parts.append(made)
        return made

    def thinking(self, key: Any) -> Thinking:
        """The reasoning block to append to."""
        for part in self._recent(key):
            if isinstance(part, Thinking) and part.key == key and part.redacted is None:
                return part
        made = Thinking(key)
        self.parts.append(made)
        return made

    def keep(self, key: Any, block: Any) -> None:
        """Takes in a block of the provider's own kind."""
        made = Raw(key, block)
        self.parts.append(made)
        if key is not None:
            self._raws.setdefault(key, made)

    def raw(self, key: Any) -> Raw | None:
        """The provider's own block at ``key``."""
        return self._raws.get(key) if key is not None else None

    def _recent(self, key: Any) -> Iterable[Part]:
        """Where a fragment may belong: without a key only the last block, else any of that key."""
        return self.parts[-1:] if key is None else reversed(self.parts)

    def joined(self, kind: type[Text] | type[Thinking]) -> str:
        """All text of one kind of block."""
        return "".join("".join(p.parts) for p in self.parts if isinstance(p, kind))

    def built(self, finish: str | None) -> Candidate:
        """The candidate as a value; ``finish`` is its normalised reason."""
        blocks: list[ContentBlock] = [part.block() for part in self.parts if _says(part)]
        return Candidate(
            index=self.index,
            content=self.joined(Text),
            thinking=self.joined(Thinking),
            tool_calls=tuple(call.built() for call in self.tools.named),
            finish_reason=finish,
            raw_finish_reason=self.raw_finish,
            blocks=tuple(blocks),
        )


def _says(part: Part) -> bool:
    """Whether there is anything to a part: text, or a tool's name."""
    if isinstance(part, Text):
        return bool(part.signature) or any(part.parts)
    return not isinstance(part, Call) or part.name is not None
