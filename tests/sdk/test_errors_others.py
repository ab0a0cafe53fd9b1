"""Every error row of the other vendors raises the class their SDK has for its status.

One entry a provider: how its SDK is asked with a header, and which class stands for a status. Where
an SDK has one class for everything, the class and the status on it are compared.
"""

from __future__ import annotations

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
}
COHERE = {
    400: "BadRequestError",
    401: "UnauthorizedError",
    403: "ForbiddenError",
    404: "NotFoundError",
    422: "UnprocessableEntityError",
    429: "TooManyRequestsError",
    499: "ClientClosedRequestError",
    500: "InternalServerError",
    503: "ServiceUnavailableError",
    504: "GatewayTimeoutError",
}
ZAI = {
    400: "APIRequestFailedError",
    401: "APIAuthenticationError",
    429: "APIReachLimitError",
    500: "APIInternalError",
    503: "APIServerFlowExceedError",
}


def stainless(status):
    return STAINLESS.get(status, "InternalServerError" if status >= 500 else "APIStatusError")


def groq(mocks, headers):
    client = pytest.importorskip("groq").Groq(
        base_url=mocks.url("groq"), api_key="gsk_mock0123456789abcdef", max_retries=0
    )
    client.chat.completions.create(
        model="llama-3.3-70b-versatile", messages=HELLO, extra_headers=headers
    )


def together(mocks, headers):
    client = pytest.importorskip("together").Together(
        base_url=mocks.url("together"), api_key="mock0123456789abcdef", max_retries=0
    )
    client.chat.completions.create(
        model="meta-llama/Llama-3.3-70B-Instruct-Turbo", messages=HELLO, extra_headers=headers
    )


def cerebras(mocks, headers):
    client = pytest.importorskip("cerebras.cloud.sdk").Cerebras(
        base_url=mocks.url("cerebras"),
        api_key="csk-mock0123456789abcdef",
        max_retries=0,
        warm_tcp_connection=False,
    )
    client.chat.completions.create(model="llama3.1-8b", messages=HELLO, extra_headers=headers)


def cohere(mocks, headers):
    with pytest.importorskip("cohere").ClientV2(
        api_key="mock0123456789abcdef", base_url=mocks.url("cohere")
    ) as client:
        options = {"additional_headers": headers, "max_retries": 0}
        client.chat(model="command-a-03-2025", messages=HELLO, request_options=options)


def mistral(mocks, headers):
    with pytest.importorskip("mistralai.client").Mistral(
        server_url=mocks.url("mistral"), api_key="mock0123456789abcdef"
    ) as client:
        client.chat.complete(model="mistral-small-latest", messages=HELLO, http_headers=headers)


def ollama(mocks, headers):
    with pytest.importorskip("ollama").Client(host=mocks.url("ollama"), headers=headers) as client:
        client.chat(model="llama3.2:latest", messages=HELLO)


def zhipu(mocks, headers):
    client = pytest.importorskip("zai").ZaiClient(
        base_url=mocks.url("zhipu"),
        api_key="mock0123456789abcdef.mock0123456789ab",
        max_retries=0,
    )
    client.chat.completions.create(model="glm-4.5", messages=HELLO, extra_headers=headers)


ASK = {
    "groq": (groq, "openai_chat", stainless),
    "together": (together, "openai_chat", stainless),
    "cerebras": (cerebras, "openai_chat", stainless),
    "cohere": (cohere, "cohere_chat", lambda status: COHERE.get(status, "ApiError")),
    "mistral": (
        mistral,
        "openai_chat",
        lambda status: "HTTPValidationError" if status == 422 else "SDKError",
    ),
    "ollama": (ollama, "ollama_chat", lambda status: "ResponseError"),
    "zhipu": (zhipu, "openai_chat", lambda status: ZAI.get(status, "APIStatusError")),
}


def cases():
    for provider, (_, dialect, _) in ASK.items():
        table = load_profile(provider).table
        for name in dict.fromkeys(row.name for row in table.rows):
            row = table.find(name, dialect)
            if not row.dialects or dialect in row.dialects:
                yield pytest.param(provider, name, id=f"{provider}-{name}")


@pytest.mark.parametrize(("provider", "name"), list(cases()))
def test_a_row_raises_its_class(mocks, provider, name):
    ask, dialect, expected = ASK[provider]
    row = load_profile(provider).error(name, dialect)
    with pytest.raises(Exception) as caught:
        ask(mocks, {"X-Mock-Fault": f"error({name})"})
    error = caught.value
    assert type(error).__name__ == expected(row.status)
    assert error.status_code == row.status
