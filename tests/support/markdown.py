"""Fenced blocks of Markdown files: where they stand and what they hold."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.support.shared import ROOT

FENCE = re.compile(
    r"(?:<!-- not run: (?P<reason>[^\n]+?) -->\n)?^```(?P<language>\w+)[^\n]*\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block; ``reason`` says why it is not run (from the comment before it)."""

    file: Path
    line: int
    language: str
    code: str
    reason: str | None

    @property
    def name(self):
        return f"{self.file.relative_to(ROOT).as_posix()}:{self.line}"


def pages():
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")])


def blocks(path, *languages):
    text = path.read_text("utf-8")
    return [
        Block(
            path,
            text.count("\n", 0, found.start("code")),
            found["language"],
            found["code"],
            found["reason"],
        )
        for found in FENCE.finditer(text)
        if found["language"] in languages
    ]
