"""Every block of the documentation runs: Python against the mocks, commands as they stand.

A block that is not to be run is preceded by ``<!-- not run: the reason -->``.
"""

import ast
import asyncio
import inspect
import os
import shlex
import subprocess
import sys
import textwrap

import pytest

from mock_providers import MockServer
from tests.support.markdown import blocks, pages
from tests.support.shared import ROOT

PAGES = [page for page in pages() if page.name != "CHANGELOG.md"]
COMMANDS = {"ailib": "ailib", "mock-providers": "mock_providers", "conformance": "conformance"}


@pytest.fixture(scope="module")
def server():
    with MockServer() as running:
        yield running


@pytest.fixture
def environment(server, monkeypatch):
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)


def run(code, file, names):
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    compiled = compile(code, str(file), "exec", flags=flags)
    if compiled.co_flags & inspect.CO_COROUTINE:

        async def whole():
            await eval(compiled, names)

        asyncio.run(whole())
    else:
        exec(compiled, names)


def runnable(language):
    found = [(page, [b for b in blocks(page, language) if b.reason is None]) for page in PAGES]
    return [pytest.param(some, id=page.name) for page, some in found if some]


@pytest.mark.parametrize("some", runnable("python"))
def test_the_python_of_a_page_runs_against_the_mocks(
    some, environment, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    for block in some:
        padding = "\n" * block.line
        run(padding + textwrap.dedent(block.code), block.file, names)


def commands(block):
    for line in block.code.splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True) if line.startswith("$ ") else []
        if words and words[0] in COMMANDS:
            yield words


def start(command, arguments, folder):
    return subprocess.Popen(
        [sys.executable, "-m", COMMANDS[command], *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("some", runnable("console"))
def test_the_commands_of_a_page_succeed(some, environment, tmp_path):
    for block in some:
        for command, *arguments in commands(block):
            serves = arguments[:1] == ["serve"]
            # The page's port may be taken here; the last --port counts.
            running = start(command, [*arguments, *(["--port", "0"] if serves else [])], tmp_path)
            if serves:
                assert " ready on http://127.0.0.1:" in running.stdout.readline(), block.name
                running.terminate()
            _, errors = running.communicate(timeout=120)
            assert running.returncode == 0, f"{block.name}: {command} {arguments}\n{errors}"
