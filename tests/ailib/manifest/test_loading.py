import pytest

from ailib.errors import (
    CapabilityError,
    ManifestInvalidError,
    ManifestNotFoundError,
    ValidationError,
)
from ailib.manifest import bundled_ids, load_provider

TINY = "id: tiny\nextends: openai\nprotocol_version: '2.0'\nendpoint: {base_url: 'https://t.example/v1'}\n"


def write(folder, text, name="tiny.yaml"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("name", bundled_ids())
def test_every_bundled_manifest_loads_and_compiles(name):
    provider = load_provider(name, env={})
    assert provider.id == name
    for api in provider.api_names():
        assert provider.api(api, "some-model").name == api


def test_a_provider_is_loaded_once_a_process():
    assert load_provider("openai") is load_provider("openai")
    assert load_provider("openai").api() is load_provider("openai").api()


def test_an_alias_finds_its_provider():
    assert load_provider("google").id == "gemini"


def test_an_unknown_provider_names_the_nearest():
    with pytest.raises(ManifestNotFoundError, match="openai") as caught:
        load_provider("opnai")
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
        ("id: x\nextends: nobody\n", "nobody", None),
        ("id: x\nextends: openai\nprotocol_version: '2.0'\n", "'endpoint'", None),
        (b"id: \xff\xfe\xff", "utf-8", None),
        ("a: " + "[" * 100 + "]" * 100, "deeper", None),
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
