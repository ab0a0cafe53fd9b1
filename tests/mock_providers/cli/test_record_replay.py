"""`faults`, `record` and `replay` on the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest

from mock_providers.cassettes import read
from mock_providers.cli import run
from mock_providers.faults import CATALOGUE
from mock_providers.server import MockServer

CHAT = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "stream": True}
AUTH = {"authorization": "Bearer sk-planted-0123456789abcdefghij"}


@contextmanager
def running(*args, code=0):
    """A command that serves; its address, and after SIGTERM the exit code."""
    command = [sys.executable, "-m", "mock_providers", *args, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    try:
        yield line.rsplit(" ", 1)[-1].strip()
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert process.returncode == code, out + err


def test_record_then_replay(tmp_path) -> None:
    path = tmp_path / "made.yaml"
    with MockServer() as server:
        upstream = server.url("openai").removesuffix("/v1")
        out = ["--upstream", upstream, "--out", str(path), "--shown-as", "https://api.openai.com"]
        with running("record", *out) as url:
            first = httpx.post(f"{url}/v1/chat/completions", json=CHAT, headers=AUTH)
    assert (first.status_code, len(read(path).interactions)) == (200, 1)
    assert "planted" not in path.read_text()
    with running("replay", str(path), "--speed", "0") as url:
        again = httpx.post(f"{url}/v1/chat/completions", json=CHAT, headers=AUTH)
    assert again.content == first.content
    with running("replay", str(path), code=1) as url:
        other = httpx.post(f"{url}/v1/chat/completions", json={**CHAT, "model": "x"}, headers=AUTH)
    assert other.status_code == 501
    assert "body /model: recorded 'gpt-4o', asked 'x'" in other.json()["error"]["message"]


def test_a_proxy_lets_answers_fail() -> None:
    with MockServer() as server:
        upstream = server.url("openai").removesuffix("/v1")
        with running("proxy", "--upstream", upstream, "--fault", "429;retry_after=1, ok") as url:
            got = [
                httpx.post(f"{url}/v1/chat/completions", json=CHAT, headers=AUTH) for _ in range(2)
            ]
    assert [answer.status_code for answer in got] == [429, 200]
    assert got[0].headers["retry-after"] == "1"
    assert got[1].text.endswith("data: [DONE]\n\n")


def test_a_cassette_of_vcrpy_is_redacted(tmp_path, capsys, monkeypatch) -> None:
    stock, ours = tmp_path / "stock.yaml", tmp_path / "ours.yaml"
    stock.write_text(
        """
interactions:
- request: {body: '{}', headers: {Authorization: [Bearer sk-planted-0123456789abcdef]},
            method: POST, uri: 'https://api.example.com/v1/x'}
  response: {body: {string: 'you are sk-planted-0123456789abcdef of acme-corp'},
             headers: {Set-Cookie: [a=b], Content-Type: [text/plain]},
             status: {code: 200, message: OK}}
version: 1
"""
    )
    monkeypatch.setenv("ACCOUNT_NAME", "acme-corp")
    args = ["record", "--cassette", str(stock), "--out", str(ours), "--secret-env", "ACCOUNT_NAME"]
    assert run(args) == 0
    assert capsys.readouterr().out == f"1 exchanges in {ours}\n"
    (one,) = read(ours).interactions
    assert one.response.body == b"you are REDACTED of REDACTED"
    assert (one.request.headers, dict(one.response.headers)) == ((), {"content-type": "text/plain"})
    assert run(args) == 2
    assert "is there already; remove it or name another file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["replay", "nowhere.yaml"], "nowhere.yaml: No such file or directory"),
        (["replay", "x.yaml", "--speed", "-1"], "'-1' is no speed; expected 0 or more"),
        (["record", "--out", "x"], "one of the arguments --upstream --plan --cassette is required"),
        (["record", "--upstream", "ftp://x", "--out", "x"], "expected http://… or https://…"),
        (["record", "--plan", "nowhere.yaml", "--out", "x"], "nowhere.yaml: No such file"),
        (
            ["record", "--upstream", "http://x", "--out", "x", "--secret-env", "NOT_SET_ANYWHERE"],
            "--secret-env NOT_SET_ANYWHERE: this variable is not set",
        ),
        (["proxy", "--upstream", "x"], "--upstream 'x': expected http://… or https://…"),
        (
            ["proxy", "--upstream", "http://x", "--fault", "429,,"],
            "--fault: expected a fault, found ',', at column 5 of '429,,'",
        ),
        (["faults", "trunkate"], "unknown fault 'trunkate'; did you mean 'truncate'?"),
    ],
)
def test_bad_input_is_exit_2_and_says_why(args, says, capsys) -> None:
    assert run(args) == 2
    err = capsys.readouterr().err
    assert says in err
    assert "Traceback" not in err


def test_faults_are_listed_with_an_example_each(capsys) -> None:
    assert run(["faults"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n{spec.example}\n    {spec.about}\n" in f"\n{out}" for spec in CATALOGUE.values())
    assert out.endswith(f"{len(CATALOGUE)} faults\n")
    assert run(["faults", "--json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == list(CATALOGUE)


def test_a_text_of_faults_is_explained(capsys) -> None:
    assert run(["faults", "429;retry_after=2@0.5*2, ok"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "attempt 1:"
    assert lines[1].startswith("    error(error=429, retry_after=2), 50% of the time: ")
    assert lines[-2:] == ["attempt 3 and after:", "    no fault"]
