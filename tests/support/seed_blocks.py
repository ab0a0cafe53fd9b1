"""The Python of the seed documents, taken from them at test time.

Rules, for all documents:

* A fenced ``python`` block is a block. In a document without fences (its indentation is lost as
  well) a block is a run of lines of which each starts as Python does (`STARTS`), follows a line
  that ends in a backslash, or stands inside open brackets.
* ``ai_lib_python`` becomes ``ailib``.
* Lost indentation: each line after one that ends in a colon is one level deeper, to the end of
  the block.
* A block that is one class listing attributes (``name: type`` or ``name -> type``) is not run;
  its names are attributes to be found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.support.shared import SHARED

FENCE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
STARTS = re.compile(
    r"# Python|from \w+ import|import \w+$|client = await|response(, stats)? = await|messages = \[|"
    r"await client|async for|if event\.|print\("
)
LISTED = re.compile(r"^\s+(\w+)\s*(?::|->)\s*([\w\[\]]+)", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    seed: str
    number: int
    source: str

    @property
    def id(self) -> str:
        return f"{self.seed}-{self.number}"

    @property
    def listed(self) -> tuple[str, list[str]] | None:
        """The class and the attributes that the block lists, if it does."""
        head = re.match(r"class (\w+):\n", self.source)
        return (head[1], [m[1] for m in LISTED.finditer(self.source)]) if head else None


def blocks(*seeds: str) -> list[Block]:
    found = []
    for seed in seeds:
        for path in sorted(SHARED.glob(f"seeds/{seed}_*.txt")):
            text = path.read_text(encoding="utf-8")
            sources = FENCE.findall(text) or [mend(part) for part in unfenced(text)]
            found += [
                Block(seed, number, source.replace("ai_lib_python", "ailib"))
                for number, source in enumerate(sources, 1)
            ]
    return found


def unfenced(text: str) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for line in text.splitlines():
        run = runs[-1]
        inside = bool(run) and (run[-1].endswith("\\") or depth(run) > 0)
        if inside or STARTS.match(line):
            run.append(line)
        elif run:
            runs.append([])
    return [run for run in runs if run]


def depth(lines: list[str]) -> int:
    bare = re.sub(r'"[^"]*"', "", "\n".join(lines))
    return sum(bare.count(c) for c in "([{") - sum(bare.count(c) for c in ")]}")


def mend(lines: list[str]) -> str:
    level, out = 0, []
    for line in lines:
        out.append("    " * level + line)
        level += line.endswith(":")
    return "\n".join(out)
