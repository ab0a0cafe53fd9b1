"""Certificates: the system's are asked, a bundle by option or environment is accepted."""

import asyncio
import ssl
from contextlib import asynccontextmanager

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


@asynccontextmanager
async def tunnel():
    """A proxy that makes tunnels; gives its URL and the heads it was sent."""
    heads, pipes = [], set()

    async def pipe(source, sink):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        sink.close()

    async def connection(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heads.append(head)
        host, _, port = head.split(" ")[1].rpartition(":")
        there = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        ways = ((reader, there[1]), (there[0], writer))
        pipes.update(asyncio.ensure_future(pipe(*way)) for way in ways)

    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    try:
        yield f"http://me:hidden@127.0.0.1:{server.sockets[0].getsockname()[1]}", heads
    finally:
        server.close()
        await asyncio.gather(*pipes, return_exceptions=True)


async def fetch(server, name, **options):
    transport = choose_transport(name, TransportOptions(**options))
    try:
        headers = (("authorization", "Bearer sk-planted-2"),)
        request = HttpRequest("POST", server.url + "/?key=sk-planted-1", headers, b"{}")
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


@each_transport
@pytest.mark.parametrize("by", ["option", "environment"])
async def test_a_proxy_gets_its_own_password_and_no_more(name, by, server, bundle, monkeypatch):
    async with tunnel() as (proxy, heads):
        if by == "option":
            body = await fetch(server, name, verify=bundle, proxy=proxy)
        else:
            monkeypatch.setenv("HTTPS_PROXY", proxy)
            monkeypatch.setenv("NO_PROXY", "")
            body = await fetch(server, name, verify=bundle)
    assert body == b"secure"
    assert heads[0].startswith(f"CONNECT {server.url.removeprefix('https://')} ")
    assert "Basic bWU6aGlkZGVu" in heads[0]
    assert "planted" not in heads[0]
    assert "hidden" not in server.requests[0].head
    assert server.requests[0].header("proxy-authorization") is None


@each_transport
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_refuses_is_an_error_without_its_password(name, scheme):
    async def refuse(request, line):
        await line.send(
            b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n"
            b"Connection: close\r\n\r\n"
        )
        line.writer.close()

    async with wire_server(refuse) as proxy:
        url = proxy.url.replace("http://", "http://me:hidden@")
        transport = choose_transport(name, TransportOptions(proxy=url))
        request = HttpRequest("POST", f"{scheme}://provider.invalid/?key=sk-planted-1", (), b"{}")
        if scheme == "http":
            assert (await transport.send(request, Timeouts())).status == 407
        else:
            with pytest.raises(ConnectionFailedError, match="407") as caught:
                await transport.send(request, Timeouts())
            shown = f"{caught.value} {vars(caught.value)}"
            assert "hidden" not in shown
            assert "planted" not in shown
        await transport.aclose()
