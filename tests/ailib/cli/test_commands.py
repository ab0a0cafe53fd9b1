import json
import subprocess
import sys

import pytest
import yaml

from ailib.cli import run
from ailib.manifest import bundled_ids
from mock_providers import MockServer


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-123456")
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "AILIB_TRANSPORT"):
        monkeypatch.delenv(name, raising=False)


def printed(capsys, *argv):
    code = run(argv)
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert "planted" not in out + err
    return code, out, err


def test_providers_lists_every_bundled_manifest(capsys):
    code, out, _ = printed(capsys, "providers", "--json")
    rows = json.loads(out)
    assert code == 0
    assert [row["id"] for row in rows] == list(bundled_ids())
    openai = next(row for row in rows if row["id"] == "openai")
    assert openai["base_url"] == "https://api.openai.com/v1"
    assert openai["key"] == ["OPENAI_API_KEY"]
    code, out, _ = printed(capsys, "providers")
    assert len(out.splitlines()) == len(rows) + 1


def test_models_lists_one_provider_or_all(capsys):
    _, out, _ = printed(capsys, "models", "openai", "--json")
    one = json.loads(out)
    assert {row["model"].partition("/")[0] for row in one} == {"openai"}
    assert {"model": "openai/gpt-4o", "context_window": 128000} in [
        {"model": row["model"], "context_window": row["context_window"]} for row in one
    ]
    _, out, _ = printed(capsys, "models", "--json")
    assert len(json.loads(out)) > len(one)


def test_check_finds_key_model_and_address_and_shows_no_key(capsys):
    code, out, _ = printed(capsys, "check", "openai/gpt-4o", "--offline", "--json")
    assert code == 0
    assert [(row["check"], row["ok"]) for row in json.loads(out)] == [
        ("manifest", "yes"),
        ("key", "yes"),
        ("model", "yes"),
        ("address", "?"),
    ]


def test_check_fails_for_a_missing_key_and_names_the_variable(capsys):
    code, out, _ = printed(capsys, "check", "anthropic", "--offline")
    assert code == 1
    assert "set ANTHROPIC_API_KEY" in out


def test_check_tries_the_address(capsys):
    code, out, _ = printed(capsys, "check", "openai", "--base-url", "http://127.0.0.1:9/v1")
    assert code == 1
    assert "no answer from 127.0.0.1:9" in out
    with MockServer() as mocks:
        url = mocks.url("openai")
        code, out, _ = printed(capsys, "check", "openai", "--base-url", url)
    assert code == 0
    assert f"{url} answers (status 4" in out


def test_show_prints_a_manifest_that_can_be_read_back(capsys):
    code, out, _ = printed(capsys, "manifest", "show", "openai")
    assert code == 0
    assert yaml.safe_load(out)["apis"]["chat"]
    _, as_json, _ = printed(capsys, "manifest", "show", "openai", "--json")
    assert json.loads(as_json) == yaml.safe_load(out)


def test_validate_counts_the_good_and_the_bad(capsys, tmp_path):
    (tmp_path / "good.yaml").write_text(
        'id: good\nextends: openai\nprotocol_version: "2.0"\n'
        "endpoint: {base_url: 'https://good.invalid'}\n"
    )
    (tmp_path / "torn.yaml").write_text("id: torn\nendpoint: [\n")
    code, out, err = printed(capsys, "manifest", "validate", str(tmp_path))
    assert code == 2
    assert out.splitlines()[-1] == "1 valid, 1 invalid"
    assert "torn.yaml:3" in err
    code, out, _ = printed(capsys, "manifest", "validate", str(tmp_path / "good.yaml"))
    assert (code, out.splitlines()[-1]) == (0, "1 valid, 0 invalid")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["check", "opnai"], ["'opnai'", "openai"]),
        (["models", "nobody"], ["'nobody'"]),
        (["check", "openai", "--base-url", "foo"], ["--base-url", "'foo'", "https://"]),
        (["manifest", "show", "../etc/passwd"], ["../etc/passwd"]),
        (["manifest", "validate", "absent.yaml"], ["absent.yaml"]),
        (["frobnicate"], ["frobnicate", "providers"]),
        ([], ["COMMAND"]),
        (["providers", "--yaml"], ["--yaml"]),
    ],
)
def test_bad_input_is_exit_2_with_a_message_on_standard_error(capsys, argv, words):
    code, out, err = printed(capsys, *argv)
    assert (code, out) == (2, "")
    assert all(word in err for word in words)


def test_the_module_runs():
    done = subprocess.run(
        [sys.executable, "-m", "ailib", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("ailib ")
