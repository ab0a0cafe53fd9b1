"""The wheel as a user gets it: built, installed into empty environments, run from elsewhere."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.support.shared import ROOT

COMMANDS = ("ailib", "mock-providers", "conformance")


def run(*argv, cwd, **environment):
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COVERAGE"))}
    return subprocess.run(
        [str(part) for part in argv],
        cwd=cwd,
        env={**keep, **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    built = run(
        sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", out, ROOT, cwd=out
    )
    assert built.returncode == 0, built.stderr
    [path] = out.glob("*.whl")
    return path


def environment(folder, requirement):
    """An empty environment with nothing but the requirement; its folder of commands."""
    venv.create(folder, with_pip=True)
    bin_folder = folder / ("Scripts" if os.name == "nt" else "bin")
    done = run(bin_folder / "python", "-m", "pip", "install", "--quiet", requirement, cwd=folder)
    assert done.returncode == 0, done.stderr
    return bin_folder


@pytest.fixture(scope="module")
def light(wheel, tmp_path_factory):
    return environment(tmp_path_factory.mktemp("light"), wheel)


@pytest.fixture(scope="module")
def full(wheel, tmp_path_factory):
    return environment(
        tmp_path_factory.mktemp("full"), f"ailib[conformance] @ {Path(wheel).as_uri()}"
    )


def test_the_base_install_is_the_client_alone(light, tmp_path):
    done = run(light / "ailib", "providers", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "openai" in done.stdout
    names = run(
        light / "python", "-m", "pip", "list", "--format=freeze", cwd=tmp_path
    ).stdout.lower()
    for heavy in ("starlette", "uvicorn", "aiohttp", "jinja2", "pytest"):
        assert heavy not in names


@pytest.mark.parametrize(
    ("command", "extra"), [("mock-providers", "mock"), ("conformance", "conformance")]
)
def test_a_command_whose_extra_is_missing_says_how_to_install_it(light, tmp_path, command, extra):
    done = run(light / command, "list", cwd=tmp_path)
    assert done.returncode == 2
    assert f"pip install 'ailib[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_runs_from_another_directory_and_as_a_module(full, tmp_path, command):
    verb = {"ailib": "providers"}.get(command, "list")
    script = run(full / command, verb, cwd=tmp_path)
    module = run(full / "python", "-m", command.replace("-", "_"), verb, cwd=tmp_path)
    assert (script.returncode, script.stderr) == (0, "")
    assert module.stdout == script.stdout
    assert len(script.stdout.splitlines()) > 3


def test_the_wheel_carries_its_data(full, tmp_path):
    done = run(full / "conformance", "run", "--out", tmp_path / "out", "*text*", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out" / "compatibility.md").exists()
