import pytest

from ailib.credentials import AuthSpec, Redactor, attach, read_auth, resolve
from ailib.errors import CredentialError, RemoteError

AUTH = AuthSpec(env=("ACME_TOKEN", "ACME_OLD_TOKEN"))


def no_keyring(service, user):
    return None


def find(explicit=None, auth=AUTH, keyring=no_keyring, **environ):
    return resolve("acme-ai", auth, explicit, environ=environ, keyring=keyring)


@pytest.mark.parametrize(
    ("explicit", "environ", "kind", "name", "value"),
    [
        ("given", {"ACME_TOKEN": "env"}, "explicit", "explicit", "given"),
        ("  ", {"ACME_TOKEN": " env\n"}, "manifest_env", "ACME_TOKEN", "env"),
        (None, {"ACME_OLD_TOKEN": "old"}, "manifest_env", "ACME_OLD_TOKEN", "old"),
        (
            None,
            {"ACME_TOKEN": "", "ACME_AI_API_KEY": "c"},
            "conventional_env",
            "ACME_AI_API_KEY",
            "c",
        ),
        (None, {}, "none", None, None),
    ],
)
def test_the_first_source_with_a_value_wins(explicit, environ, kind, name, value):
    found = find(explicit, **environ)
    assert (found.source_kind, found.source_name, found.value) == (kind, name, value)


def test_the_keyring_is_asked_last_and_both_services_in_order():
    asked = []

    def keyring(service, user):
        asked.append((service, user))
        return "ring" if service == "ai-lib" else None

    found = find(keyring=keyring)
    assert (found.source_kind, found.source_name) == ("keyring", "ai-lib/acme-ai")
    assert asked == [("ai-protocol", "acme-ai"), ("ai-lib", "acme-ai")]


def test_a_missing_key_names_every_variable_that_was_looked_at():
    with pytest.raises(CredentialError) as caught:
        find().require()
    assert str(caught.value) == (
        "no API key for provider 'acme-ai' "
        "(set ACME_TOKEN or ACME_OLD_TOKEN or ACME_AI_API_KEY, or pass api_key=…)"
    )


def test_a_provider_without_auth_needs_no_key():
    found = find(auth=read_auth({"id": "local"}), LOCAL_API_KEY="x")
    assert (found.status, found.require()) == ("not_required", None)


def test_endpoint_auth_shadows_a_diverging_top_level_auth():
    auth = read_auth(
        {
            "endpoint": {"auth": {"type": "bearer", "token_env": "NEW"}},
            "auth": {"type": "api_key", "key_env": "OLD", "header": "X-Old"},
        }
    )
    found = find(auth=auth, OLD="legacy")
    assert found.status == "missing"
    assert found.required == ("NEW",)
    assert "OLD" in found.diagnostics[0]
    assert attach(auth, "k").headers == {"Authorization": "Bearer k"}


def test_host_supplied_reads_neither_environment_nor_keyring():
    found = resolve("a", AUTH, "host-key", environ={"ACME_TOKEN": "env"}, host_supplied=True)
    assert (found.source_kind, found.source_name) == ("explicit", "host_supplied")
    assert resolve("a", AUTH, environ={"ACME_TOKEN": "env"}, host_supplied=True).value is None


def test_no_repr_shows_a_key():
    found = find("sk-planted-1234")
    attached = attach(AUTH, "sk-planted-1234")
    assert "planted" not in repr(found) + repr(attached) + repr(Redactor(["sk-planted-1234"]))


@pytest.mark.parametrize(
    ("block", "headers", "query"),
    [
        ({"type": "bearer"}, {"Authorization": "Bearer k"}, {}),
        ({"type": "bearer", "prefix": "Bearer "}, {"Authorization": "Bearer k"}, {}),
        ({"type": "bearer", "prefix": ""}, {"Authorization": "k"}, {}),
        ({"type": "bearer", "header": "X-Auth", "prefix": "Key"}, {"X-Auth": "Key k"}, {}),
        ({"type": "custom_header"}, {"X-API-Key": "k"}, {}),
        ({"type": "api_key", "header_name": "api-key"}, {"api-key": "k"}, {}),
        ({"type": "query_param", "param_name": "key"}, {}, {"key": "k"}),
        ({"type": "query_param"}, {}, {"api_key": "k"}),
        ({"type": "none"}, {}, {}),
    ],
)
def test_a_key_is_put_where_the_manifest_says(block, headers, query):
    attached = attach(read_auth({"auth": block}), "k")
    assert (attached.headers, attached.query) == (headers, query)


@pytest.mark.parametrize("key", ["sk-abc\r\nX: y", "sk-\u043a\u043b\u044e\u0447", "sk-\x00"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(key):
    with pytest.raises(CredentialError) as caught:
        attach(AUTH, key)
    assert "sk-" not in str(caught.value)


def test_an_error_is_cleaned_of_a_key_in_every_form():
    key = "sk-planted/with+odd=chars"
    error = RemoteError(
        f"bad key {key}",
        body={"echo": [f"?key={key}", "c2stcGxhbnRlZC93aXRoK29kZD1jaGFycw=="]},
        headers={"location": "http://evil/?key=sk-planted%2Fwith%2Bodd%3Dchars"},
        hint=f"replace {key}",
    )
    Redactor([key]).error(error)
    shown = f"{error} {error!r} {vars(error)}"
    assert "planted" not in shown
    assert "c2stcGxhb" not in shown
    assert error.message == "bad key <redacted>"


def test_secrets_in_extra_headers_are_found_by_the_name_of_the_header():
    redactor = Redactor.of_request(
        None, {"Authorization": "Bearer sk-other-42", "X-Trace": "abcdefgh"}
    )
    assert redactor.text("sk-other-42 abcdefgh") == "<redacted> abcdefgh"
