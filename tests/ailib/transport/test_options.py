import ssl
import subprocess
import sys

import pytest

from ailib.errors import ValidationError
from ailib.transport import TransportOptions, choose_transport, tls

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "AI_PROXY_URL")


@pytest.fixture
def proxies(monkeypatch):
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    def set_all(variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_all


@pytest.mark.parametrize(
    ("variables", "options", "proxy"),
    [
        ({}, {}, None),
        ({"HTTPS_PROXY": "http://p:1"}, {}, "http://p:1"),
        ({"https_proxy": "p:1"}, {}, "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, {}, None),
        ({"ALL_PROXY": "socks5://p:1"}, {}, "socks5://p:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "example.com"}, {}, None),
        ({"HTTPS_PROXY": "http://p:1", "AI_PROXY_URL": "http://own:2"}, {}, "http://own:2"),
        ({"HTTPS_PROXY": "http://p:1"}, {"proxy": "http://given:3"}, "http://given:3"),
        ({"HTTPS_PROXY": "http://p:1"}, {"trust_env": False}, None),
    ],
)
def test_which_proxy_a_request_goes_through(proxies, variables, options, proxy):
    proxies(variables)
    assert TransportOptions(**options).proxy_for("https://api.example.com/v1?key=x") == proxy


@pytest.mark.parametrize("proxy", ["nonsense", "ftp://user:secret@h", "http://"])
def test_a_bad_proxy_is_refused_without_showing_its_password(proxies, proxy):
    with pytest.raises(ValidationError, match="no proxy URL") as caught:
        TransportOptions(proxy=proxy)
    assert "secret" not in str(caught.value)
    proxies({"AI_PROXY_URL": proxy})
    with pytest.raises(ValidationError, match="AI_PROXY_URL"):
        TransportOptions().proxy_for("https://api.example.com")


def test_a_proxy_with_a_password_is_not_in_the_repr():
    assert "secret" not in repr(TransportOptions(proxy="http://u:secret@p:1"))


def test_one_context_serves_the_process_and_each_bundle(monkeypatch, tmp_path):
    assert tls.context(True) is tls.context(True)
    own = ssl.create_default_context()
    assert tls.context(own) is own
    bundle = tmp_path / "ca.pem"
    bundle.write_text("no certificate")
    with pytest.raises(ValidationError, match="cannot read the CA bundle"):
        tls.context(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "absent.pem"))
    with pytest.raises(ValidationError, match=r"absent\.pem"):
        tls.context(True)
    assert tls.context(True, trust_env=False) is not own


@pytest.mark.parametrize(("given", "variable"), [("quic", None), (None, "quic")])
def test_an_unknown_transport_is_named_with_its_source(monkeypatch, given, variable):
    if variable:
        monkeypatch.setenv("AILIB_TRANSPORT", variable)
    with pytest.raises(ValidationError, match="unknown transport 'quic'") as caught:
        choose_transport(given)
    assert ("AILIB_TRANSPORT" in str(caught.value)) == bool(variable)
    assert "httpx, httpx2, aiohttp" in str(caught.value)


def test_choosing_a_transport_imports_no_network_library():
    code = (
        "import sys; from ailib.transport import choose_transport;"
        "choose_transport('httpx'); choose_transport('aiohttp');"
        "print(sorted({'httpx', 'aiohttp', 'httpcore', 'yarl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
