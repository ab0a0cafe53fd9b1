"""The laboratory table with a column of ailib, measured: ``docs/lab.md``.

    python -m tests.ailib.bugs.lab        writes the page

Byte stimuli go through the public client over a socket; waits are read off an injected clock;
what needs a clock and a socket at once is a test of its own, named in the table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

import yaml

from ailib import AiClient
from ailib.clock import LoopClock
from ailib.errors import AiLibError
from ailib.transport import Transport, choose_transport
from tests.support.answering import Answer, serve
from tests.support.bug_index import FOLDER
from tests.support.calling import call
from tests.support.cases import Case, cases
from tests.support.shared import ROOT
from tests.support.wanted import seen

DATA = FOLDER.parent / "lab.yaml"
PAGE = ROOT / "docs" / "lab.md"
NOW = 1_790_000_000.0
DATE_WORDS = "an HTTP date two seconds ahead"
BODY = b'{"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}]}'
JSON = {"content-type": "application/json"}


class NotedClock(LoopClock):
    """A clock that notes what it is asked to wait for, and does not wait."""

    def __init__(self) -> None:
        super().__init__(epoch=NOW)
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))


async def measured() -> dict[str, list[str]]:
    """Stimulus → what went wrong with it, nothing where all is right."""
    data = yaml.safe_load(DATA.read_text("utf-8"))
    rows = [row for section in data["sections"] for row in section["rows"]]
    by_id = {name: case for case in cases() for name in case.ids}
    transport = choose_transport(None)
    try:
        found = {
            row["case"]: await _bytes(by_id[row["case"]], transport)
            for row in rows
            if "case" in row
        }
        for row in rows:
            if "wait" in row:
                found[row["wait"]] = await _wait(row, transport)
    finally:
        await transport.aclose()
    return found


async def _bytes(case: Case, transport: Transport) -> list[str]:
    answer = Answer(case.status, case.headers, case.pieces("whole"), case.stream, case.reset)
    async with serve(lambda _: answer) as url:
        out = await call(f"{case.provider}/m", url, transport, api=case.api, stream=case.stream)
    looked, want = seen(case, out)
    return [f"{name}: {looked[name]}" for name in looked if looked[name] != want.get(name)]


async def _wait(row: Mapping[str, Any], transport: Transport) -> list[str]:
    """Whether the client waits as long as it is told, or raises at once where that is too long."""
    name, _, value = row["wait"].partition(": ")
    value = formatdate(NOW + 2, usegmt=True) if value == DATE_WORDS else value
    refusal = Answer(429, {**JSON, **row.get("headers", {}), name: value}, [b"{}"], stream=False)
    answers = [refusal, Answer(200, JSON, [BODY], stream=False)]
    clock = NotedClock()
    async with serve(lambda _: answers.pop(0)) as url:
        client = await AiClient.create(
            "openai/m", api_key="k", base_url=url, transport=transport, clock=clock
        )
        try:
            await client.chat().user("Hi").execute()
        except AiLibError as error:
            if row["seconds"] is None and error.retry_after is not None and not clock.waits:
                return []
            return [f"raised {error}"]
    waited = sum(clock.waits)
    return [] if waited == row["seconds"] else [f"waited {waited} s"]


def page(found: Mapping[str, list[str]]) -> str:
    """The page as Markdown."""
    data = yaml.safe_load(DATA.read_text("utf-8"))
    says = {name: case.says for case in cases() for name in case.ids}
    total = sum(len(section["rows"]) for section in data["sections"])
    clients = "; ".join(f"{short}: {name}" for short, name in data["clients"].items())
    lines = [
        "# What clients do with the same bytes",
        "",
        f"{total} things that providers, proxies and networks really do, and what clients make of",
        "them. The column of ailib is measured by `python -m tests.ailib.bugs.lab`; the others",
        "were measured on 2026-11-20 with the unmodified clients against a local server.",
        "",
        f"{clients}. An empty cell was not measured.",
    ]
    for section in data["sections"]:
        columns = section["columns"]
        lines += ["", f"## {section['title']}", ""]
        lines += [section["note"], ""] if "note" in section else []
        lines += [_cells(["stimulus", "what is right", "ailib", *columns])]
        lines += [_cells(["---"] * (3 + len(columns)))]
        for row in section["rows"]:
            lines.append(_cells([*_row(row, says, found), *map(str, row["cells"])]))
    return "\n".join(lines) + "\n"


def _row(
    row: Mapping[str, Any], says: Mapping[str, str], found: Mapping[str, list[str]]
) -> list[str]:
    if "test" in row:
        return [row["stimulus"], "", f"ok (`{row['test'].partition('::')[2]}`)"]
    if "wait" in row:
        seconds = row["seconds"]
        right = "raise at once, the wait on the error" if seconds is None else f"wait {seconds} s"
        return [f"`{row['wait']}`", right, _verdict(found[row["wait"]])]
    return [f"`{row['case']}`", says[row["case"]], _verdict(found[row["case"]])]


def _verdict(wrong: list[str]) -> str:
    return "; ".join(wrong) if wrong else "ok"


def _cells(values: list[str]) -> str:
    return "| " + " | ".join(value.replace("|", "\\|") for value in values) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(asyncio.run(measured())), "utf-8")
