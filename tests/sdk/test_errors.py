"""Every error row raises, in the vendor's SDK, the class its status and code stand for.

The tables below are the SDKs' documented classes. A row is asked for with the fault header, the
rest is the provider's own answer.
"""

from __future__ import annotations

import importlib
from http import HTTPStatus

import pytest

from mock_providers.profiles import load_profile

HELLO = [{"role": "user", "content": "hi"}]
STAINLESS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
    500: "InternalServerError",
    502: "InternalServerError",
    503: "InternalServerError",
    504: "InternalServerError",
}
OPENAI = {**STAINLESS, 405: "APIStatusError", 408: "APIStatusError", 413: "APIStatusError"}
ANTHROPIC = {
    **STAINLESS,
    402: "PaymentRequiredError",
    405: "APIStatusError",
    413: "ContentTooLargeError",
    503: "ServiceUnavailableError",
    504: "GatewayTimeoutError",
    529: "OverloadedError",
}


def rows(provider, dialect):
    """Names of the rows the dialect can be asked for, each once."""
    table = load_profile(provider).table
    names = dict.fromkeys(row.name for row in table.rows)
    return [name for name in names if not table.find(name, dialect).dialects or
            dialect in table.find(name, dialect).dialects]  # fmt: skip


def faulty(name):
    return {"X-Mock-Fault": f"error({name})"}


@pytest.mark.parametrize("name", rows("openai", "openai_chat"))
def test_openai(mocks, name):
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(base_url=mocks.url("openai"), api_key="sk-test", max_retries=0)
    row = load_profile("openai").error(name, "openai_chat")
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(model="gpt-4o", messages=HELLO, extra_headers=faulty(name))
    error = caught.value
    assert type(error).__name__ == OPENAI[row.status]
    assert error.status_code == row.status
    assert error.code == row.values["code"]({"param": None})
    assert error.type == row.values["type"]({})
    assert error.request_id.startswith("req_")


@pytest.mark.parametrize("name", rows("openai", "openai_responses"))
def test_openai_responses(mocks, name):
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(base_url=mocks.url("openai"), api_key="sk-test", max_retries=0)
    row = load_profile("openai").error(name, "openai_responses")
    with pytest.raises(openai.APIStatusError) as caught:
        client.responses.create(model="gpt-5", input="hi", extra_headers=faulty(name))
    assert type(caught.value).__name__ == OPENAI[row.status]
    assert caught.value.code == row.values["code"]({"param": None})


@pytest.mark.parametrize("name", rows("anthropic", "anthropic"))
def test_anthropic(mocks, name):
    anthropic = pytest.importorskip("anthropic")
    client = anthropic.Anthropic(
        base_url=mocks.url("anthropic"), api_key="sk-ant-test", max_retries=0
    )
    row = load_profile("anthropic").error(name, "anthropic")
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.create(
            model="claude-haiku-4-5", max_tokens=9, messages=HELLO, extra_headers=faulty(name)
        )
    error = caught.value
    assert type(error).__name__ == ANTHROPIC[row.status]
    assert error.status_code == row.status
    assert error.body["error"]["type"] == row.values["type"]({})
    assert error.request_id.startswith("req_")


@pytest.mark.parametrize("name", rows("gemini", "gemini"))
@pytest.mark.parametrize("streamed", [False, True])
def test_google_genai(mocks, name, streamed):
    genai = pytest.importorskip("google.genai")
    errors = importlib.import_module("google.genai.errors")
    options = genai.types.HttpOptions(base_url=mocks.url("gemini"), headers=faulty(name))
    client = genai.Client(api_key="AIzaSyMock0123456789abcdefghijklmnopqrs", http_options=options)
    row = load_profile("gemini").error(name, "gemini")
    call = client.models.generate_content_stream if streamed else client.models.generate_content
    with pytest.raises(errors.APIError) as caught:
        list(call(model="gemini-2.5-flash", contents="hi"))
    error = caught.value
    assert type(error).__name__ == ("ServerError" if row.status >= 500 else "ClientError")
    assert error.code == row.status
    html = row.content_type.startswith("text/html")  # Google's front end; the SDK tells the phrase
    assert error.status == (
        HTTPStatus(row.status).phrase if html else row.values["status_word"]({})
    )


def in_stream(name):
    return {"X-Mock-Fault": f"error_event({name},after=2)"}


def test_an_error_inside_an_openai_stream(mocks):
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(base_url=mocks.url("openai"), api_key="sk-test", max_retries=0)
    stream = client.chat.completions.create(
        model="gpt-4o", messages=HELLO, stream=True, extra_headers=in_stream("server_error")
    )
    with pytest.raises(openai.APIError) as caught:
        list(stream)
    assert type(caught.value) is openai.APIError
    assert caught.value.type == "server_error"


def test_an_error_inside_an_anthropic_stream(mocks):
    anthropic = pytest.importorskip("anthropic")
    client = anthropic.Anthropic(
        base_url=mocks.url("anthropic"), api_key="sk-ant-test", max_retries=0
    )
    stream = client.messages.create(
        model="claude-haiku-4-5",
        max_tokens=99,
        messages=HELLO,
        stream=True,
        extra_headers=in_stream("overloaded"),
    )
    with pytest.raises(anthropic.APIStatusError) as caught:
        list(stream)
    assert caught.value.body["error"]["type"] == "overloaded_error"


def test_an_error_inside_a_gemini_stream(mocks):
    genai = pytest.importorskip("google.genai")
    errors = importlib.import_module("google.genai.errors")
    options = genai.types.HttpOptions(base_url=mocks.url("gemini"), headers=in_stream("overloaded"))
    client = genai.Client(api_key="AIzaSyMock0123456789abcdefghijklmnopqrs", http_options=options)
    with pytest.raises(errors.ServerError):
        list(client.models.generate_content_stream(model="gemini-2.5-flash", contents="hi"))
