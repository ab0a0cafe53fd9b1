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
