"""Certificates: the system's are asked, a bundle by option or environment is accepted."""

import asyncio
import ssl

import pytest
import trustme

from ailib.errors import ConnectionFailedError
from ailib.transport import TRANSPORTS, HttpRequest, Timeouts, TransportOptions, choose_transport
from tests.support.wire_server import wire_server

each_transport = pytest.mark.parametrize("name", TRANSPORTS)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def bundle(authority, tmp_path):
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
async def server(authority):
    async def answer(request, line):
        await line.whole(b"secure")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with wire_server(answer, ssl=context) as served:
        yield served


async def fetch(server, name, **options):
    transport = choose_transport(name, TransportOptions(**options))
    try:
        request = HttpRequest("POST", server.url + "/?key=sk-planted-1", (), b"{}")
        response = await transport.send(request, Timeouts())
        body = b"".join([chunk async for chunk in response.chunks()])
        await response.aclose()
        return body
    finally:
        await transport.aclose()
        await asyncio.sleep(0)


@each_transport
async def test_an_unknown_authority_is_refused_before_anything_is_sent(name, server):
    with pytest.raises(ConnectionFailedError, match=r"(?i)certificate") as caught:
        await fetch(server, name)
    assert "planted" not in str(caught.value)
    assert server.requests == []


@each_transport
async def test_a_bundle_by_option(name, server, bundle):
    assert await fetch(server, name, verify=bundle) == b"secure"


@each_transport
async def test_a_bundle_by_environment(name, server, bundle, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    assert await fetch(server, name) == b"secure"


@each_transport
async def test_no_check_at_all(name, server):
    assert await fetch(server, name, verify=False) == b"secure"


@each_transport
async def test_a_name_that_the_certificate_does_not_have_is_refused(name, server, bundle):
    server.url = server.url.replace("127.0.0.1", "localhost")
    with pytest.raises(ConnectionFailedError, match=r"(?i)certificate|hostname"):
        await fetch(server, name, verify=bundle)
