"""The official npm packages against the mocks; skipped where there is no node or no registry."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.node
NODE = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def run(mocks, tmp_path_factory):
    """Runs a client of ``clients.mjs`` and gives what it printed."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs node and npm")
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "clients.mjs"):
        shutil.copy(NODE / name, folder)
    install = ["npm", "install", "--no-audit", "--no-fund", "--silent"]
    options = {"cwd": folder, "capture_output": True, "text": True}
    installed = subprocess.run(install, check=False, timeout=300, **options)
    if installed.returncode:
        pytest.skip(f"npm install failed: {installed.stderr.strip()[-200:]}")

    def call(name):
        command = ["node", "clients.mjs", name, mocks.origin]
        done = subprocess.run(command, check=False, timeout=120, **options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


def assert_answered(seen, finish):
    assert len(seen["chat"]) > 20
    assert len(seen["stream"]) > 20
    assert seen["finish"] == finish
    assert [call["name"] for call in seen["calls"]] == ["get_weather"]
    assert list(seen["calls"][0]["input"]) == ["city"]


def test_openai(run):
    seen = run("openai")
    assert_answered(seen, "stop")
    assert seen["error"] == {"name": "NotFoundError", "status": 404, "code": "model_not_found"}
    assert len(seen["responses"]) > 20


def test_anthropic(run):
    seen = run("anthropic")
    assert_answered(seen, "end_turn")
    assert seen["error"] == {"name": "NotFoundError", "status": 404}


def test_google_genai(run):
    seen = run("genai")
    assert_answered(seen, "STOP")
    assert seen["error"] == {"name": "ApiError", "status": 404}


def test_vercel_ai(run):
    for seen in run("ai"):
        assert_answered(seen, "stop")
