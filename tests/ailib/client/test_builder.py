import pytest

from ailib import AiClient
from ailib.errors import CredentialError, ManifestNotFoundError, ValidationError
from ailib.resilience import (
    BackpressureConfig,
    CircuitBreakerConfig,
    RateLimiterConfig,
    ResilientConfig,
    RetryConfig,
)
from ailib.transport import Timeouts
from tests.support.openai_wire import body
from tests.support.wire_server import wire_server


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai-123")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-123")
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


async def hello(request, line):
    await line.whole(body("hello"))


async def test_both_spellings_set_the_same():
    config = ResilientConfig(max_inflight=7)
    one = await AiClient.builder().model("openai/gpt-4o").resilience(config).timeout(5).build()
    two = await AiClient.create("openai/gpt-4o", resilience=config, timeout=5)
    three = (
        await AiClient.builder().model("openai/gpt-4o").with_resilience(config).timeout(5).build()
    )
    assert one._resilience.config == two._resilience.config == three._resilience.config
    assert one._timeouts == Timeouts(first_event=5, idle_bytes=5, idle_content=5)
    assert (one.model_id, one.provider_id, one.model) == ("openai/gpt-4o", "openai", "gpt-4o")


async def test_parts_are_set_one_by_one_over_a_whole():
    client = await (
        AiClient.builder()
        .model("openai/gpt-4o")
        .production_ready()
        .retry(max_attempts=5, backoff=0.5)
        .with_circuit_breaker(CircuitBreakerConfig(failure_threshold=2))
        .with_rate_limit(RateLimiterConfig.from_rps(3))
        .max_inflight(4)
        .build()
    )
    assert client._resilience.config == ResilientConfig(
        RetryConfig(max_retries=4, min_delay_ms=500, max_delay_ms=60_000),
        RateLimiterConfig.from_rps(3),
        CircuitBreakerConfig(failure_threshold=2),
        BackpressureConfig(max_concurrent=4),
    )


@pytest.mark.parametrize(
    ("model", "options", "error", "words"),
    [
        ("gpt-4o", {}, ValidationError, ["'gpt-4o'", "provider/model"]),
        ("openai/", {}, ValidationError, ["provider/model"]),
        ("opnai/gpt-4o", {}, ManifestNotFoundError, ["opnai"]),
        ("openai/gpt-4o", {"base_url": "localhost:80"}, ValidationError, ["base_url"]),
        (
            "openai/gpt-4o",
            {"base_url": "http://me:hidden@host"},
            ValidationError,
            ["base_url", "password"],
        ),
        ("openai/gpt-4o", {"protocol_dir": "./absent"}, ValidationError, ["./absent"]),
        ("openai/gpt-4o", {"timeout": 0}, ValidationError, ["timeout is 0"]),
        ("openai/gpt-4o", {"transport": "telnet"}, ValidationError, ["telnet", "aiohttp"]),
        ("openai/gpt-4o", {"proxy": "nowhere"}, ValidationError, ["proxy"]),
        ("openai/gpt-4o", {"tiemout": 5}, ValidationError, ["'tiemout'", "timeout"]),
    ],
)
async def test_a_wrong_option_says_what_is_wrong(model, options, error, words):
    with pytest.raises(error) as caught:
        await AiClient.create(model, **options)
    assert all(word in str(caught.value) for word in words)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "headers",
    [{"X-A": "secret\r\nX-B: 1"}, {"X A": "secret"}, {"X-A": "secr\u00e9t"}, {"": "secret"}],
)
async def test_a_header_that_cannot_be_sent_is_refused_without_its_value(headers):
    client = await AiClient.create("openai/gpt-4o")
    with pytest.raises(ValidationError, match="cannot be sent") as caught:
        client.chat().extra_headers(headers)
    assert "secr" not in str(caught.value)


def test_requests_and_figures_can_be_made_outside_a_loop():
    client = AiClient.builder().model("openai/gpt-4o").build_now()
    stream = client.chat().user("hi").stream()
    assert client.signals_snapshot().current_inflight == 0
    assert stream.stats.latency_ms == 0


async def test_no_model_is_an_error():
    with pytest.raises(ValidationError, match="no model"):
        await AiClient.builder().build()


async def test_a_missing_key_names_the_variables_before_the_network(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(CredentialError, match="OPENAI_API_KEY") as caught:
        await AiClient.create("openai/gpt-4o")
    assert (caught.value.standard_code, caught.value.provider) == ("E1002", "openai")


async def test_the_environment_names_an_address(monkeypatch):
    async with wire_server(hello) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        async with await AiClient.create("openai/gpt-4o") as client:
            response, stats = await client.chat().user("hi").execute_with_stats()
    assert (response.content, stats.endpoint) == ("hello", "/v1/chat/completions")


async def test_extras_go_out_as_they_are_and_the_client_says_its_name():
    async with (
        wire_server(hello) as server,
        await AiClient.create("openai/gpt-4o", base_url=server.url) as client,
    ):
        await (
            client.chat()
            .user("hi")
            .temperature(0)
            .param("seed", 7)
            .extra_body({"vendor_option": {"deep": [1]}})
            .extra_headers({"X-Trace": "t-1"})
            .execute()
        )
    sent = server.requests[0]
    assert sent.header("x-trace") == "t-1"
    assert sent.header("authorization") == "Bearer sk-openai-123"
    assert sent.header("user-agent").startswith("ailib/")
    assert sent.header("accept-encoding") == "identity"
    for part in (b'"temperature":0', b'"seed":7', b'"vendor_option":{"deep":[1]}'):
        assert part in sent.body


async def test_a_fallback_answers_and_keeps_its_own_address_and_key(monkeypatch):
    async def down(request, line):
        await line.whole(b'{"error":{"message":"down"}}', "503 Down")

    async def messages(request, line):
        await line.whole(
            b'{"id":"msg_1","type":"message","role":"assistant","model":"claude",'
            b'"content":[{"type":"text","text":"from the other"}],"stop_reason":"end_turn",'
            b'"usage":{"input_tokens":1,"output_tokens":2}}'
        )

    async with wire_server(down) as first, wire_server(messages) as second:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", second.url)
        client = await AiClient.create(
            "openai/gpt-4o",
            api_key="sk-given-123456",
            base_url=first.url,
            fallbacks=["openai/gpt-4o-mini", "anthropic/claude-3-5-sonnet"],
            resilience=ResilientConfig(max_retries=0),
        )
        response, stats = await client.chat().user("hi").execute_with_stats()
        await client.close()
    assert [r.header("authorization") for r in first.requests] == ["Bearer sk-given-123456"] * 2
    assert b'"gpt-4o-mini"' in first.requests[1].body
    assert "sk-given" not in second.requests[0].head
    assert response.content == "from the other"
    assert (stats.provider, stats.model, stats.attempts) == ("anthropic", "claude-3-5-sonnet", 3)


async def test_a_transport_of_the_callers_own_is_used_and_not_closed():
    class Own:
        closed = False

        async def send(self, request, timeouts):
            return self

        status, headers = 200, {"content-type": "application/json"}

        async def chunks(self):
            yield body("own")

        async def aclose(self):
            self.closed = True

    own = Own()
    client = await AiClient.create("openai/gpt-4o", transport=own)
    assert (await client.chat().user("hi").execute()).content == "own"
    own.closed = False
    await client.close()
    assert not own.closed
