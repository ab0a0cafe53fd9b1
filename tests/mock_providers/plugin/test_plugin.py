"""The pytest plugin, driven through a pytest of its own."""

from pathlib import Path

import pytest

import mock_providers

pytest_plugins = ["pytester"]

TEST = """
import os
import httpx
import pytest

def chat(text="Hello"):
    return httpx.post(
        os.environ["OPENAI_BASE_URL"] + "/chat/completions",
        json={"model": "gpt-4o", "messages": [{"role": "user", "content": text}]},
        headers={"authorization": "Bearer " + os.environ["OPENAI_API_KEY"]},
    )
"""


@pytest.fixture
def run(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(mock_providers.__file__).parents[1]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(body):
        pytester.makepyfile(TEST + body)
        pytester.makefile(".yaml", answers="fixtures: [{answer: {text: from the file}}]")
        return pytester.runpytest_subprocess(
            "-p", "mock_providers.pytest_plugin", "-p", "no:cacheprovider", "--strict-markers"
        )

    return run


def test_the_sdks_environment_points_at_a_server_of_the_tests_own(run):
    result = run("""
def test_a(mock_providers):
    assert os.environ["ANTHROPIC_BASE_URL"] == mock_providers.url("anthropic")
    assert chat().status_code == 200
    assert [r["status"] for r in mock_providers.requests(provider="openai")] == [200]

def test_b(mock_providers):
    assert mock_providers.requests() == []

def test_c():
    assert "OPENAI_BASE_URL" not in os.environ
""")
    result.assert_outcomes(passed=3)


def test_markers_bring_faults_fixtures_and_options(run):
    result = run("""
@pytest.mark.mock_fault("429;retry_after=2", times=1, text="now")
def test_fault(mock_providers):
    assert [chat(t).status_code for t in ("later", "now", "now")] == [200, 429, 200]

@pytest.mark.mock_fixtures("answers.yaml")
def test_fixture(mock_providers):
    assert chat().json()["choices"][0]["message"]["content"] == "from the file"

@pytest.mark.mock_server(api_keys=["other"])
def test_options(mock_providers):
    assert chat().status_code == 401
""")
    result.assert_outcomes(passed=3)


def test_a_failing_test_shows_what_was_asked_of_the_server(run):
    result = run("""
@pytest.mark.mock_fault("503")
def test_fails(mock_providers):
    chat()
    assert False

def test_asks_nothing(mock_providers):
    assert False
""")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines([
        "*mock_providers: requests*",
        "#1 POST /openai/v1/chat/completions → 503 model=gpt-4o error=unavailable faults=503",
        "none reached the server",
    ])  # fmt: skip


def test_a_marker_that_says_nothing_is_refused(run):
    result = run("""
@pytest.mark.mock_fault(503)
def test_a(mock_providers):
    pass
""")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*mock_fault takes one fault: mock_fault('429', times=1)*"])
