"""Requests to Bedrock: signed as botocore signs them, or with a bearer token."""

import importlib
import json

import pytest

from ailib import AiClient
from ailib.credentials.sigv4 import sign
from ailib.errors import CredentialError
from ailib.transport import HttpRequest
from tests.support.wire_server import wire_server

botocore = pytest.importorskip("botocore", reason="signing is an extra")
REQUEST = HttpRequest(
    "POST",
    "https://bedrock-runtime.eu-west-1.amazonaws.com/model/a%3A0/converse",
    (("content-type", "application/json"), ("user-agent", "x")),
    b"{}",
)
BODY = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
}


@pytest.fixture
def keys(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted-secret")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)


def test_the_signature_covers_the_body_and_names_service_and_region(keys):
    first, second = (
        dict(sign(REQUEST, service="bedrock", region="eu-west-1").headers),
        dict(
            sign(
                HttpRequest("POST", REQUEST.url, REQUEST.headers, b"{ }"),
                service="bedrock",
                region="eu-west-1",
            ).headers
        ),
    )
    assert "/eu-west-1/bedrock/aws4_request" in first["authorization"]
    assert "user-agent" not in first["authorization"]
    assert first["authorization"].rpartition("=")[2] != second["authorization"].rpartition("=")[2]
    assert "planted-secret" not in repr(first)


def test_without_keys_nothing_is_sent(monkeypatch):
    monkeypatch.setattr("botocore.session.Session.get_credentials", lambda self: None)
    with pytest.raises(CredentialError, match="AWS"):
        sign(REQUEST, service="bedrock", region="eu-west-1")


def test_without_the_extra_the_error_names_it(monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(CredentialError, match="bedrock"):
        sign(REQUEST, service="bedrock", region="eu-west-1")


async def asked(server, **options):
    base = {"base_url": server.url, **options}
    client = await AiClient.create("bedrock/anthropic.claude-v1:0", **base)
    response = await client.chat().user("Hi").execute()
    await client.close()
    return response


@pytest.mark.parametrize("token", [None, "a-token"])
async def test_a_call_is_signed_or_carries_the_token(keys, token):
    seen = []

    async def answer(request, line):
        seen.append(request)
        await line.whole(json.dumps(BODY).encode())

    async with wire_server(answer) as server:
        response = await asked(server, **({"api_key": token} if token else {}))
    (request,) = seen
    said = request.header("authorization")
    assert request.path == "/model/anthropic.claude-v1%3A0/converse"
    assert (
        said == "Bearer a-token" if token else said.startswith("AWS4-HMAC-SHA256 Credential=AKID")
    )
    assert response.content == "Hi"
