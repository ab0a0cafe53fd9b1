from importlib import resources

import pytest

from ailib.credentials import AuthSpec
from ailib.errors import (
    CapabilityError,
    ManifestInvalidError,
    ManifestNotFoundError,
    ValidationError,
)
from ailib.manifest import bundled_ids, load_provider
from ailib.manifest.document import read_document
from ailib.manifest.search import find
from ailib.manifest.validate import check_compiles, check_document

FAMILIES = resources.files("ailib.manifests") / "families"

TINY = "id: tiny\nextends: openai\nprotocol_version: '2.0'\nendpoint: {base_url: 'https://t.example/v1'}\n"


# Nine letters that write themselves out nine times nine times … : 9 ** 9 values from 500 bytes.
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def write(folder, text, name="tiny.yaml"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("name", bundled_ids())
def test_every_bundled_manifest_loads_and_compiles(name):
    provider = load_provider(name, env={})
    assert provider.id == name
    for api in provider.api_names():
        made = provider.api(api, "some-model")
        made.check()
        assert made.name == api


def test_a_provider_is_loaded_once_a_process():
    assert load_provider("openai") is load_provider("openai")
    assert load_provider("openai").api() is load_provider("openai").api()


def test_an_alias_finds_its_provider():
    assert load_provider("google").id == "gemini"


@pytest.mark.parametrize("name", ["opnai", "OpenAI"])
def test_an_unknown_provider_names_the_nearest(name):
    with pytest.raises(ManifestNotFoundError, match="near: openai") as caught:
        load_provider(name)
    assert caught.value.standard_code == "E1004"


@pytest.mark.parametrize("name", ["OpenAI", "../openai", "", "a/b", "openai.yaml"])
def test_ids_are_exact_and_no_paths(name):
    with pytest.raises(ManifestNotFoundError):
        load_provider(name)


def test_a_users_folder_goes_before_the_bundled_manifests(tmp_path):
    write(tmp_path, TINY.replace("tiny", "openai"), "openai.yaml")
    provider = load_provider("openai", search=[tmp_path], env={})
    assert provider.base_url == "https://t.example/v1"
    assert load_provider("openai", env={"AI_PROTOCOL_DIR": str(tmp_path)}).base_url == (
        "https://t.example/v1"
    )


def test_a_changed_file_is_read_again(tmp_path):
    path = write(tmp_path, TINY)
    assert load_provider(path).base_url == "https://t.example/v1"
    write(tmp_path, TINY.replace("t.example", "other.example"))
    assert load_provider(path).base_url == "https://other.example/v1"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_does_not_matter(tmp_path, encoding):
    path = write(tmp_path, TINY.encode(encoding))
    assert load_provider(path).id == "tiny"


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("id: [a\n", "expected", 2),
        ("- a\n- b\n", "mapping", None),
        (TINY.replace("openai", "nobody"), "nobody", None),
        (
            "id: x\nextends: openai\nprotocol_version: '2.0'\n",
            "required property .'endpoint'",
            None,
        ),
        (b"id: \xff\xfe\xff", "utf-8", None),
        ("a: " + "[" * 100 + "]" * 100, "deeper", None),
        (TINY + "x: !!python/object/apply:os.system [id]\n", "constructor", 5),
        (TINY + BOMB, "more than", None),
        (TINY + "x: " + "y" * 2_100_000, "larger", None),
    ],
)
def test_a_broken_manifest_says_where_and_what(tmp_path, text, message, line):
    path = write(tmp_path, text)
    with pytest.raises(ManifestInvalidError, match=message) as caught:
        load_provider(path)
    assert caught.value.file == str(path)
    assert caught.value.line == line
    assert str(path) in str(caught.value)


def test_the_environment_replaces_the_base_url():
    env = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    assert load_provider("openai", env=env).base_url == "http://127.0.0.1:9/v1"


HOST = TINY.replace("https://t.example/v1", "https://${RESOURCE}.t.example/v1")


def test_a_host_variable_comes_from_the_environment(tmp_path):
    path = write(tmp_path, HOST)
    assert load_provider(path, env={"RESOURCE": "mine"}).base_url == "https://mine.t.example/v1"


@pytest.mark.parametrize("value", ["", "a.b", "evil.example/", "a@b", "a b", "-a"])
def test_a_host_variable_is_one_label_and_nothing_else(tmp_path, value):
    path = write(tmp_path, HOST)
    with pytest.raises(ValidationError, match="RESOURCE"):
        _ = load_provider(path, env={"RESOURCE": value}).base_url


def test_a_model_has_its_default_api():
    provider = load_provider("openai", env={})
    assert provider.api(model="gpt-4o").name == "chat"
    assert provider.api(model="gpt-5.3-codex").name == "responses"
    assert provider.api("chat", "gpt-5.3-codex").name == "chat"


def test_an_api_the_provider_does_not_offer_is_refused():
    with pytest.raises(CapabilityError, match="messages"):
        load_provider("anthropic", env={}).api("responses")


@pytest.mark.parametrize("name", bundled_ids())
def test_every_bundled_manifest_is_what_the_schema_says(name):
    source = find(name, (), {})
    check_document(read_document(source), source, public=False)
    check_compiles(load_provider(name, env={}), source)


@pytest.mark.parametrize("file", sorted(FAMILIES.iterdir(), key=str), ids=lambda file: file.name)
def test_every_family_is_what_the_schema_says(file):
    check_document(read_document(file), file, public=False)


API = TINY + "apis:\n  chat:\n    "


@pytest.mark.parametrize(
    ("text", "pointer", "line", "message"),
    [
        (
            TINY + "capabilities: {requird: [text]}\n",
            "/capabilities/requird",
            5,
            "did you mean 'required'",
        ),
        (TINY.replace("https", "ftp"), "/endpoint/base_url", 4, "pattern"),
        (TINY + "error_classification: {by_error_code: {x: quota}}\n", None, 5, "allowed values"),
        (API + "requests: {}\n", "/apis/chat/requests", 7, "did you mean 'request'"),
        (API + "request:\n      messages: {content: txt}\n", None, 8, "allowed values"),
        (
            API + "stream:\n      rules:\n        - {emit: Done, match: '$.a =='}\n",
            "/apis/chat/stream/rules/0",
            9,
            "ends too early",
        ),
        (API + "response: {rules: [{emit: Done, extract: {a: '$.['}}]}\n", None, 7, "no path"),
        (API + "stream: {decoder: {format: xml}}\n", "/apis/chat", 6, "xml"),
        (TINY + "capabilites: {required: [text]}\n", "/capabilites", 5, "did you mean"),
        (API + "request: {parameters: {n: {too: x}}}\n", None, 7, "too"),
        (API + "stream: {rules: [{emit: PartialContent}]}\n", None, 7, "allowed values"),
        (API + "extends: openai/chatt\n", "/apis/chat/extends", None, "no such API"),
        (
            "id: tiny\nprotocol_version: '3.0'\nendpoint: {base_url: 'https://x.example'}\n",
            None,
            2,
            "allowed",
        ),
    ],
)
def test_a_wrong_manifest_says_where_what_and_what_was_expected(
    tmp_path, text, pointer, line, message
):
    path = write(tmp_path, text)
    with pytest.raises(ManifestInvalidError, match=message) as caught:
        load_provider(path)
    error = caught.value
    assert error.line == line
    assert pointer is None or error.pointer == pointer


def test_unknown_keys_of_a_public_manifest_do_no_harm(tmp_path):
    public = (
        "id: tiny\nprotocol_version: '2.0'\nendpoint: {base_url: 'https://x.example', new: 1}\n"
    )
    path = write(
        tmp_path, public + "brand_new: {a: 1}\ncapabilities: {required: [text, telepathy]}\n"
    )
    assert load_provider(path).base_url == "https://x.example"


@pytest.mark.parametrize(
    "auth",
    [
        "auth: {type: query_param, param_name: key, token_env: A}\n",
        "endpoint:\n  base_url: https://t.example/v1\n"
        "  auth: {type: query_param, param_name: key, token_env: A}\n",
    ],
)
def test_a_manifests_own_auth_replaces_the_familys_whole(tmp_path, auth):
    head = TINY if auth.startswith("auth") else TINY.rpartition("endpoint")[0]
    spec = load_provider(write(tmp_path, head.replace("openai", "anthropic") + auth)).auth
    assert spec == AuthSpec(type="query_param", param_name="key", env=("A",))
