"""Every Python block of docs/client.md, run against the mocks."""

import ast
import asyncio
import inspect
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "client.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("source", BLOCKS, ids=range(1, len(BLOCKS) + 1))
async def test_a_block_runs(source, prelude, capsys):
    code = compile(source, "docs/client.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if "ailib.sync" in source:  # it would block the loop that the mocks run in
        await asyncio.to_thread(eval, code, prelude)
    else:
        outcome = eval(code, prelude)
        if inspect.iscoroutine(outcome):
            await outcome
    if "print(" in source and "except" not in source:
        assert capsys.readouterr().out.strip()
