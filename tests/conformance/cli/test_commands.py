"""The commands as a user runs them: what they print, and the exit code of each way to end."""

import json
import subprocess
import sys

import pytest

from conformance.cli import main, trust
from conformance.selfcheck import Finding
from tests.support.shared import ROOT

SCENARIO = """\
id: own.hello
title: A plain answer arrives
clauses: [CHAT-1]
axes: {dialect: [openai, anthropic]}
calls:
  - prompt: Say hello.
    expect: {outcome: ok, text: %s}
server:
  - turn: {text: Hello}
expect: {requests: 1}
"""


class Done:
    """What a command printed."""

    def __init__(self, out, err):
        self.stdout, self.stderr = out, err


@pytest.fixture
def conformance(capsys):
    """Runs a command in this process."""

    def run(*arguments, code=0):
        try:
            found = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            found = stop.code
        done = Done(*capsys.readouterr())
        assert found == code, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def own(tmp_path):
    """A folder with one scenario that expects this text, and the option that names it."""

    def make(text="Hello"):
        folder = tmp_path / "scenarios"
        folder.mkdir(exist_ok=True)
        axes = (ROOT / "conformance/scenarios/axes.yaml").read_text("utf-8")
        (folder / "axes.yaml").write_text(axes)
        (folder / "own.yaml").write_text(SCENARIO % text)
        return "--scenarios", folder

    return make


def test_a_run_that_passes_prints_the_count_last_and_writes_the_reports(own, tmp_path, conformance):
    out = tmp_path / "out"
    done = conformance("run", *own(), "--out", out)
    assert done.stdout.splitlines()[-1] == "2 cases of 1 scenarios: 2 passed, 0 failed"
    assert sorted(path.name for path in out.iterdir()) == [
        "compatibility.html",
        "compatibility.json",
        "compatibility.md",
        "junit.xml",
        "results.ndjson",
    ]


def test_a_failure_is_exit_1_and_tells_clause_check_trace_and_command(own, tmp_path, conformance):
    done = conformance("run", *own("Goodbye"), "--out", tmp_path / "out", code=1)
    lines = done.stdout.splitlines()
    assert lines[0] == "FAIL own.hello[dialect=openai]"
    assert lines[1] == "  A plain answer arrives (CHAT-1; scenarios/own.yaml)"
    assert lines[2] == '  calls[0].text: expected "Goodbye", found "Hello"'
    assert lines[3].split()[:4] == ["0.000", "ms", "client", "call"]
    assert "  again: conformance run 'own.hello[dialect=openai]' --client ailib" in lines
    assert lines[-1] == "2 cases of 1 scenarios: 0 passed, 2 failed"


def test_last_failed_plays_what_did_not_pass(own, tmp_path, conformance):
    out = tmp_path / "out"
    conformance("run", *own("Goodbye"), "own.hello[*openai*]", "--out", out, code=1)
    done = conformance("run", *own(), "--out", out, "--last-failed")
    assert done.stdout.splitlines()[-1] == "1 cases of 1 scenarios: 1 passed, 0 failed"
    done = conformance("run", *own(), "--out", out, "--last-failed", code=5)
    assert "nothing failed" in done.stderr


def test_old_transcripts_are_judged_and_reported_again(own, tmp_path, conformance):
    out = tmp_path / "out"
    conformance("run", *own("Goodbye"), "--out", out, code=1)
    assert conformance("judge", out / "results.ndjson", code=1).stdout.splitlines()[-1] == (
        "2 cases of 1 scenarios: 0 passed, 2 failed"
    )
    again = tmp_path / "again"
    conformance("report", out / "results.ndjson", "--out", again, code=1)
    for name in ("compatibility.md", "compatibility.json", "compatibility.html", "junit.xml"):
        assert (again / name).read_bytes() == (out / name).read_bytes()


def test_an_edited_expectation_changes_the_verdict_of_an_old_transcript(own, tmp_path, conformance):
    out = tmp_path / "out"
    conformance("run", *own(), "--out", out)
    results = out / "results.ndjson"
    edited = results.read_text().replace('"expect":{"outcome":"ok"', '"expect":{"outcome":"error"')
    results.write_text(edited)
    done = conformance("judge", results, code=1)
    assert "changed: own.hello[dialect=openai] was pass, is fail" in done.stdout


def test_two_processes_write_what_one_writes(own, tmp_path, conformance):
    conformance("run", "stream.text", "--out", tmp_path / "one")
    conformance("run", "stream.text", "--out", tmp_path / "two", "--jobs", 2)
    for name in ("compatibility.json", "compatibility.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_client_that_crashes_is_exit_3_and_no_verdict(own, tmp_path, conformance):
    done = conformance("run", *own(), "--client", "crash", "--out", tmp_path, code=3)
    assert "ERROR own.hello[dialect=openai]" in done.stdout
    assert "ZeroDivisionError" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("0 passed, 0 failed, 2 not judged")


WRONG = [
    (["run", "stream.txt"], 2, ["no scenario is called 'stream.txt'", "near: stream.text"]),
    (["run", "--client", "nobody"], 2, ["unknown client 'nobody'", "known: ailib"]),
    (["run", "--profile", "night"], 2, ["unknown profile 'night'", "known: ci"]),
    (["run", "--jobs", "0"], 2, ["expected a whole number from 1, found '0'"]),
    (["run", "--colour"], 2, ["unrecognized arguments: --colour"]),
    (["run", "nothing.*"], 5, ["nothing selected by nothing.*"]),
    (["run", "chat.text[dialect=klingon]"], 5, ["nothing selected"]),
    (["run", "chat.text", "--last-failed", "--out", "/nonexistent"], 2, ["no earlier run"]),
    (["run", "chat.text[*openai]", "--out", "/proc/x"], 2, ["cannot be written"]),
    (["explain", "nothing"], 2, ["no scenario is called 'nothing'"]),
    (["lint", "--scenarios", "/nonexistent"], 2, ["no such folder"]),
    (["judge", "/nonexistent"], 2, ["cannot be read: No such file"]),
    (["judge", "pyproject.toml"], 2, ["pyproject.toml:1: expected JSON"]),
    (["report", "tests"], 2, ["cannot be read: Is a directory"]),
    ([], 2, ["the following arguments are required: COMMAND"]),
]


@pytest.mark.parametrize(("arguments", "code", "told"), WRONG, ids=lambda v: str(v)[:40])
def test_bad_input_is_told_in_words(arguments, code, told, conformance):
    done = conformance(*arguments, code=code)
    for words in told:
        assert words in done.stderr


def test_a_results_file_without_its_footer_is_refused(own, tmp_path, conformance):
    conformance("run", *own(), "--out", tmp_path / "out")
    results = tmp_path / "out/results.ndjson"
    lines = results.read_text().splitlines(keepends=True)
    results.write_text("".join(lines[:-1]))
    assert "expected a footer" in conformance("judge", results, code=2).stderr


def test_an_invalid_scenario_is_told_with_file_line_and_pointer(own, tmp_path, conformance):
    option = own("Hello}\n    surprise: {a: b")
    expected = (
        "scenarios/own.yaml:8 at /calls/0/surprise: expected one of api, at, cancel, expect, "
        "extra_body, messages, model, params, prompt, response_format, stream, tool_choice, "
        "tools, found the key 'surprise'"
    )
    for command in (["lint"], ["run", "--out", tmp_path / "out"], ["list"]):
        assert expected in conformance(*command, *option, code=2).stderr
    assert not (tmp_path / "out").exists()


def test_lint_finds_a_fault_that_the_mocks_do_not_know(own, tmp_path, conformance):
    option = own()
    path = tmp_path / "scenarios/own.yaml"
    path.write_text(
        path.read_text().replace("{text: Hello}\nexp", "{text: Hello}\n    fault: tuncate\nexp")
    )
    done = conformance("lint", *option, code=2)
    assert "unknown fault 'tuncate'; did you mean 'truncate'?" in done.stderr


def test_lint_of_the_bundled_suite_finds_nothing(conformance):
    assert conformance("lint").stdout.endswith("no problem\n")


def test_list_prints_names_and_json(conformance):
    names = conformance("list", "stream.text").stdout.splitlines()
    assert "stream.text[dialect=openai,chunking=bytes]" in names
    rows = json.loads(conformance("list", "stream.text", "--json").stdout)
    assert [row["name"] for row in rows] == names[:-1]
    assert rows[0]["clauses"]


def test_explain_tells_clauses_expectations_and_cases(conformance):
    told = conformance("explain", "stream.end.truncated").stdout
    for words in ("END-1 MUST", "source:", "outcome: error", "stream.end.truncated[dialect=gemini"):
        assert words in told


EXITS = [
    (0, ["chat.text[*openai]"], "1 cases of 1 scenarios: 1 passed, 0 failed"),
    (1, ["chat.text[*openai]", "--client", "echo"], "1 cases of 1 scenarios: 0 passed, 1 failed"),
    (2, ["chat.text", "--client", "nobody"], "unknown client 'nobody'"),
    (3, ["chat.text[*openai]", "--client", "crash"], "1 not judged"),
    (5, ["nothing.*"], "nothing selected"),
]


@pytest.mark.parametrize(("code", "arguments", "told"), EXITS)
def test_the_process_ends_with_its_code_and_without_a_traceback(code, arguments, told, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "run", *arguments, "--out", tmp_path],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert told in (done.stdout or done.stderr).splitlines()[-1] + done.stderr
    assert "Traceback" not in done.stderr


def test_a_failed_self_check_is_exit_4_and_tells_what_did_not_hold(conformance, monkeypatch):
    findings = [Finding("null clients", "echo", held=False, told="passes chat.text")]
    monkeypatch.setattr(trust, "check", lambda _: findings)
    done = conformance("selfcheck", code=4)
    assert done.stderr == "null clients: echo: passes chat.text\n"
    assert done.stdout.splitlines()[-1] == "1 trials, 0 held"


def test_coverage_is_strict_about_every_must(conformance, monkeypatch):
    assert (
        conformance("coverage", "--strict").stdout.splitlines()[-1].endswith(" covered or excused")
    )
    monkeypatch.setattr(trust, "caught", dict)
    done = conformance("coverage", "--strict", code=1)
    assert "conformance: not covered: BREAK-1, " in done.stderr
