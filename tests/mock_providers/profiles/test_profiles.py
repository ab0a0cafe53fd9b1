"""Profiles load, compile, and render their errors as recorded."""

import json
from pathlib import Path
from random import Random

import pytest
import yaml

import mock_providers.profiles
from mock_providers.profiles import (
    ProfileError,
    UnknownProviderError,
    canonical_name,
    load_profile,
    load_profile_file,
    provider_names,
    render_error,
    render_in_stream,
)
from mock_providers.profiles.load import check_schema

EVERY_PROVIDER = provider_names()
DATA = Path(mock_providers.profiles.__file__).parent / "data"


def context(name, dialect=""):
    return load_profile(name).context(dialect, Random(7), 1_700_000_000.0)


@pytest.mark.parametrize("name", EVERY_PROVIDER)
def test_every_row_renders_with_no_value_given(name):
    profile = load_profile(name)
    for row in profile.table.rows:
        error = render_error(row, context(name), model="m")
        assert error.status == row.status
        assert b"{" not in error.body or json.loads(error.body) == error.json
        assert all("{" not in value for _, value in error.headers)
        for dialect in row.in_stream:
            assert render_in_stream(row, dialect, context(name, dialect))


@pytest.mark.parametrize("name", EVERY_PROVIDER)
def test_every_row_names_its_source(name):
    assert all(len(row.source) > 5 for row in load_profile(name).table.rows)


def test_openai_refuses_a_key_as_recorded():
    profile = load_profile("openai")
    error = render_error(profile.error("invalid_key"), context("openai"), key_hint="invalid-key")
    assert error.body == (
        b'{\n  "error": {\n    "message": "Incorrect API key provided: invalid-key. You can find'
        b' your API key at https://platform.openai.com/account/api-keys.",\n    "type":'
        b' "invalid_request_error",\n    "param": null,\n    "code": "invalid_api_key"\n  }\n}\n'
    )
    assert dict(error.headers)["www-authenticate"] == 'Bearer realm="OpenAI API"'


def test_a_row_is_found_by_name_word_of_the_provider_and_status():
    profile = load_profile("openai")
    assert profile.error("429") is profile.error("rate_limited") is profile.error(429)
    assert profile.error("rate_limit_exceeded").status == 429
    assert profile.error("context_length_exceeded").name == "context_length"
    assert profile.error("model_not_found").status == 404
    assert profile.error("model_not_found", "openai_responses").status == 400


def test_a_status_without_a_row_gets_the_providers_envelope():
    row = load_profile("anthropic").error(418)
    assert render_error(row, context("anthropic")).json["error"] == {
        "type": "api_error",
        "message": "I'm a Teapot",
    }


def test_an_unknown_error_name_lists_the_known_ones():
    with pytest.raises(KeyError, match="no error row 'nonsense'; known: missing_key"):
        load_profile("openai").error("nonsense")


def test_gemini_says_retry_in_the_body_and_a_bad_key_is_400():
    profile = load_profile("gemini")
    limited = render_error(profile.error(429), context("gemini"), model="g", retry_after=45)
    assert limited.json["error"]["details"][2] == {
        "@type": "type.googleapis.com/google.rpc.RetryInfo",
        "retryDelay": "45s",
    }
    assert profile.error("invalid_key").status == 400
    assert profile.error("missing_key").status == 403


def test_an_unknown_provider_lists_the_known_ones():
    with pytest.raises(UnknownProviderError, match=r"unknown provider 'opnai'; known: .*openai"):
        load_profile("opnai")


def test_an_alias_is_the_provider():
    assert load_profile("google") is load_profile("gemini")


def test_a_profile_of_ones_own_extends_and_its_inherited_rows_are_inferred(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "name: mine\nextends: openai\nbase_path: /api\npath_prefix: /api\n"
        "errors:\n  - {name: rate_limited, status: 429, values: {message: slow, type: t, param: p,"
        " code: c}, evidence: documented, source: our own manual}\n",
    )
    mine = load_profile_file(file)
    assert (mine.error(429).evidence, mine.error(429).source) == ("documented", "our own manual")
    assert mine.error(401).evidence == "inferred"
    assert mine.routes[0].path == "/api/chat/completions"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", "no valid YAML"),
        ("name: mine\ncolour: red", r"at /: Additional properties are not allowed \('colour'"),
        ("name: mine\nerrors: [{name: x}]", "at /errors/0: 'status' is a required property"),
        ("name: mine\nextends: nobody", "at /extends: no profile 'nobody'"),
        ("name: mine\nextends: openai\nlimits: {refusals: {requests: nix}}", "no error row 'nix'"),
        ("name: mine\nextends: openai\nids: {a: '{klingon:3}'}", "unknown alphabet 'klingon'"),
    ],
)
def test_a_bad_profile_is_refused_with_its_place(tmp_path, text, message):
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(ProfileError, match=message) as caught:
        load_profile_file(file)
    assert str(file) in str(caught.value)


def test_null_takes_an_inherited_entry_out_again(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\nextends: _openai_compatible\nheaders: {x-request-id: null}\n")
    assert load_profile_file(file).headers == {}


@pytest.mark.parametrize("file", sorted(DATA.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_bundled_file_keeps_the_schema(file):
    check_schema(yaml.safe_load(file.read_text("utf-8")), file.name)


def test_an_alias_is_found_without_reading_the_whole_file():
    for name in EVERY_PROVIDER:
        assert all(canonical_name(alias) == name for alias in load_profile(name).aliases)
