"""The command line: output, exit codes, complaints."""

import json
import re
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from mock_providers.__main__ import main


def serve(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "mock_providers", "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_serve_says_where_it_is_and_ends_with_0_on_a_signal(sign):
    with serve("--port", "0", "--provider", "openai") as process:
        line = process.stdout.readline()
        url = re.fullmatch(r"mock-providers ready on (http://127\.0\.0\.1:\d+)\n", line)[1]
        health = httpx.get(f"{url}/_mock/health").json()
        process.send_signal(sign)
        assert process.wait(10) == 0
        assert process.stderr.read() == "mock-providers stopped\n"
    assert (health["status"], health["providers"]) == ("ok", ["openai"])


def test_a_taken_port_is_exit_2_and_says_so(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with serve("--port", str(port)) as process:
            assert process.wait(10) == 2
            assert process.stderr.read() == (
                f"mock-providers: port {port} on 127.0.0.1 is taken; choose another with --port,"
                " or --port 0\n"
            )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve", "--provider", "opnai"], "unknown provider 'opnai'; known: "),
        (["serve", "--root", "opnai"], "unknown provider 'opnai'; known: "),
        (["serve", "--port", "x"], "'x' is no port; expected 0 to 65535"),
        (["serve", "--host", "256.1.1.1", "--port", "0"], "cannot listen on 256.1.1.1:0: "),
        (["serve", "--quota", "openai"], "--quota 'openai': expected PROVIDER:BUCKET=N[/SECONDS]"),
        (["serve", "--quota", "x:requests=1"], "--quota: provider 'x' is not served here"),
        (["serve", "--fixtures", "nowhere.yaml"], "nowhere.yaml: cannot be read: No such file"),
        (["serve", "--profile", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
        (["serve", "--ttft", "-1"], "'-1': expected a number of 0 or more"),
        (["serve", "--workers", "0"], "'0': expected 1 to 64 processes"),
        (["env", "--url", "nowhere"], "--url 'nowhere': expected http://host:port"),
        (["env", "--shell", "tcsh"], "invalid choice: 'tcsh'"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_bad_input_is_exit_2_with_one_complaint(arguments, message, capsys):
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert "Traceback" not in printed.err
    assert printed.out == ""


def test_list_counts_the_evidence_of_each_provider(capsys):
    assert main(["list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    openai = next(row for row in rows if row["name"] == "openai")
    assert openai["path"] == "/openai/v1"
    assert openai["evidence"]["recorded"] > 10
    assert main(["list"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{len(rows)} providers"


def test_env_points_the_sdks_at_the_mocks(capsys):
    assert main(["env", "--provider", "openai", "--url", "http://127.0.0.1:9/"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "export OPENAI_BASE_URL=http://127.0.0.1:9/openai/v1",
        "export OPENAI_API_KEY=sk-test-0123456789abcdef",
    ]
    assert main(["env", "--provider", "gemini", "--shell", "powershell"]) == 0
    assert capsys.readouterr().out.startswith("$env:GOOGLE_GEMINI_BASE_URL = 'http://127.0.0.1:8")


def test_workers_share_the_port_and_end_together():
    with serve("--port", "0", "--provider", "openai", "--workers", "2") as process:
        url = process.stdout.readline().split()[-1]
        answers = {httpx.get(f"{url}/_mock/health").status_code for _ in range(8)}
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert answers == {200}


def test_a_profile_fixtures_quotas_and_pace_come_from_the_command_line(tmp_path):
    profile, fixtures = tmp_path / "mine.yaml", tmp_path / "fixtures.yaml"
    profile.write_text("name: mine\nextends: _openai_compatible\nmodels: {patterns: ['*']}\n")
    fixtures.write_text("fixtures: [{answer: {text: as written}}]")
    arguments = ["--port", "0", "--profile", str(profile), "--fixtures", str(fixtures)]
    with serve(*arguments, "--quota", "mine:requests=1/60", "--ttft", "0.01") as process:
        url = process.stdout.readline().split()[-1] + "/mine/v1/chat/completions"
        body = {"model": "m", "messages": [{"role": "user", "content": "a"}]}
        answers = [
            httpx.post(url, json=body, headers={"authorization": "Bearer k"}) for _ in range(2)
        ]
        process.terminate()
    assert answers[0].json()["choices"][0]["message"]["content"] == "as written"
    assert [answer.status_code for answer in answers] == [200, 429]
