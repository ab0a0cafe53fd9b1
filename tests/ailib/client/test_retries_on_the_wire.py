"""Retries and hints of a whole client, on sockets, in virtual time."""

import json

import pytest

from ailib import errors as e
from ailib.resilience import RetryConfig
from ailib.transport import TRANSPORTS
from tests.support.openai_wire import body, delta, error, sse
from tests.support.stage import (
    CLOSE,
    GOOD,
    GOOD_STREAM,
    QUOTA,
    RESET,
    asked,
    client_of,
    http_date,
    now,
    on_stage,
    provider,
    refusal,
    reset,
    stream,
    streamed,
)


@pytest.fixture(params=TRANSPORTS)
def transport(request):
    return request.param


RETRIED = (408, 409, 429, 500, 502, 503, 504, 520, 529)
NOT_RETRIED = (400, 401, 402, 403, 404, 405, 413, 415, 422, 301)


@pytest.mark.parametrize("status", RETRIED)
@on_stage
async def test_r20_these_statuses_are_asked_again(status):
    async with provider(refusal(status), GOOD) as server, client_of(server) as client:
        assert await asked(client) == "hello"
        assert server.times == [0, 1]


@pytest.mark.parametrize("status", NOT_RETRIED)
@on_stage
async def test_these_statuses_are_not_asked_again(status):
    async with provider(refusal(status), GOOD) as server, client_of(server) as client:
        with pytest.raises(e.RemoteError) as caught:
            await asked(client)
        assert (caught.value.status_code, caught.value.attempts) == (status, 1)
        assert server.times == [0]


@on_stage
async def test_every_transport_retries_and_sends_the_whole_request_again(transport):
    async with (
        provider(refusal(500), reset, GOOD) as server,
        client_of(server, transport) as client,
    ):
        response, stats = await client.chat().user("hi").execute_with_stats()
    assert (response.content, stats.retry_count) == ("hello", 2)
    assert server.times == [0, 1, 3]
    assert len({request.body for request in server.requests}) == 1


# What the first answer says, and when the second request comes; None: it does not.
HINTS = {
    "R-03 no hint": ({}, 1.0),
    "R-06 seconds": ({"retry_after": "2"}, 2.0),
    "R-06 fraction": ({"retry_after": "1.5"}, 1.5),
    "R-07 zero": ({"retry_after": "0"}, 0.0),
    "R-08 date": ({"retry_after": http_date(3)}, 3.0),
    "R-08 date in the past": ({"retry_after": http_date(-60)}, 0.0),
    "R-09 milliseconds": ({"retry_after_ms": "700"}, 0.7),
    "R-09 both": ({"retry_after": "1", "retry_after_ms": "700"}, 0.7),
    "junk": ({"retry_after": "soon"}, 1.0),
    "negative": ({"retry_after": "-5"}, 1.0),
    "R-10 reset, go duration": (
        {"x_ratelimit_remaining_requests": "0", "x_ratelimit_reset_requests": "1.2s"},
        1.2,
    ),
    "R-10 reset of a budget that is not used up": (
        {"x_ratelimit_remaining_requests": "7", "x_ratelimit_reset_requests": "1.2s"},
        1.0,
    ),
    "R-10 reset of minutes": (
        {"x_ratelimit_remaining_tokens": "0", "x_ratelimit_reset_tokens": "1m30.5s"},
        90.5,
    ),
    "R-11 x-should-retry: false": ({"x_should_retry": "false"}, None),
    "R-11 and a hint": ({"x_should_retry": "false", "retry_after": "1"}, None),
    "R-05 as long as allowed": ({"retry_after": "120"}, 120.0),
    "R-05 ten minutes": ({"retry_after": "600"}, None),
}


@pytest.mark.parametrize(("headers", "gap"), HINTS.values(), ids=HINTS.keys())
@on_stage
async def test_a_hint_sets_the_gap_exactly(headers, gap):
    async with provider(refusal(429, **headers), GOOD) as server, client_of(server) as client:
        if gap is None:
            with pytest.raises(e.RemoteError):
                await asked(client)
            assert (server.times, now()) == ([0], 0)
        else:
            await asked(client)
            assert server.times == [0, gap]


@pytest.mark.parametrize(
    ("message", "gap"),
    [
        ("Rate limit reached. Please try again in 4.77s. Visit the page.", 4.77),
        ("Rate limit reached. Please try again in 120ms.", 0.12),
        ("Rate limit reached. Please try again in 1m30s", 90.0),
        ("Rate limit reached. Please try again.", 1.0),
    ],
)
@on_stage
async def test_a_hint_in_the_message_is_heard(message, gap):
    first = refusal(429, error(message, "tokens", "rate_limit_exceeded"))
    async with provider(first, GOOD) as server, client_of(server) as client:
        await asked(client)
        assert server.times == [0, gap]


@on_stage
async def test_r05_an_error_beyond_the_budget_says_how_long():
    async with provider(refusal(429, retry_after="600")) as server, client_of(server) as client:
        with pytest.raises(e.RemoteError) as caught:
            await asked(client)
        assert caught.value.retry_after == 600.0


VENDORS = {
    "R-10 anthropic, RFC 3339": (
        "anthropic/claude-sonnet-4",
        {
            "anthropic_ratelimit_requests_remaining": "0",
            "anthropic_ratelimit_requests_reset": "2026-11-20T12:00:42Z",
        },
        b'{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}',
        42.0,
    ),
    "R-10 anthropic, retry-after wins": (
        "anthropic/claude-sonnet-4",
        {
            "retry_after": "7",
            "anthropic_ratelimit_requests_remaining": "0",
            "anthropic_ratelimit_requests_reset": "2026-11-20T12:00:42Z",
        },
        b'{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}',
        7.0,
    ),
    "R-10 google, RetryInfo": (
        "gemini/gemini-2.5-flash",
        {},
        json.dumps(
            {
                "error": {
                    "code": 429,
                    "message": "Resource exhausted.",
                    "status": "RESOURCE_EXHAUSTED",
                    "details": [
                        {
                            "@type": "type.googleapis.com/google.rpc.RetryInfo",
                            "retryDelay": "36.5s",
                        }
                    ],
                }
            }
        ).encode(),
        36.5,
    ),
}


@pytest.mark.parametrize(
    ("model", "headers", "content", "gap"), VENDORS.values(), ids=VENDORS.keys()
)
@on_stage
async def test_every_vendors_hint_is_understood(model, headers, content, gap):
    first, last = refusal(429, content, **headers), refusal(400, b"{}")
    async with provider(first, last) as server, client_of(server, model=model) as client:
        with pytest.raises(e.RemoteError) as caught:
            await asked(client)
        assert (server.times, caught.value.status_code) == ([0, gap], 400)


@on_stage
async def test_quota_is_never_asked_again():
    async with (
        provider(refusal(429, QUOTA, retry_after="1")) as server,
        client_of(server) as client,
    ):
        with pytest.raises(e.RemoteError) as caught:
            await asked(client)
    assert (caught.value.standard_code, server.times) == ("E2002", [0])


@on_stage
async def test_r12_one_owner_of_retries_makes_the_attempts_it_was_told_to(transport):
    async with (
        provider(refusal(500)) as server,
        client_of(server, transport, retry=RetryConfig(2, jitter="none")) as client,
    ):
        with pytest.raises(e.RemoteError) as caught:
            await asked(client)
    assert (server.times, caught.value.attempts) == ([0, 1, 3], 3)


# A stream's first answer; what the second one delivers, or None: it is not asked for.
BEGINNINGS = {
    "R-01 reset after text": (stream(delta("one"), 0.1, RESET), None),
    "R-01 cut after text": (stream(delta("one"), 0.1, CLOSE), None),
    "R-24 an error after text": (
        stream(delta("one"), sse(error={"message": "x", "code": 502})),
        None,
    ),
    "R-02 an error as the first event": (
        stream(sse(error={"message": "overloaded", "type": "server_error", "code": 503})),
        "hello",
    ),
    "R-02 quota as the first event": (
        stream(sse(error={"message": "x", "code": "insufficient_quota"})),
        None,
    ),
    "R-02 an error behind the role": (
        stream(delta(), sse(error={"message": "x", "code": 503})),
        "hello",
    ),
    "reset before the first event": (stream(b": ping\n\n", 0.1, RESET), "hello"),
    "cut before the first event": (stream(CLOSE), "hello"),
    "an end with nothing in it": (stream(), "hello"),
}


@pytest.mark.parametrize(("first", "then"), BEGINNINGS.values(), ids=BEGINNINGS.keys())
@on_stage
async def test_a_stream_is_begun_anew_only_where_nothing_was_delivered(first, then):
    async with provider(first, GOOD_STREAM) as server, client_of(server) as client:
        if then is None:
            with pytest.raises(e.AiLibError):
                await streamed(client)
            assert len(server.requests) == 1
        else:
            assert await streamed(client) == then
            assert len(server.requests) == 2
        assert client.current_inflight == 0


@on_stage
async def test_r01_what_was_delivered_before_a_break_stays_on_the_error(transport):
    first = stream(delta("one "), delta("two"), 0.1, RESET)
    async with provider(first) as server, client_of(server, transport) as client:
        with pytest.raises(e.TransportError) as caught:
            await streamed(client)
    assert (caught.value.partial_text, caught.value.retryable) == ("one two", False)


@on_stage
async def test_a_body_that_breaks_off_is_asked_for_again(transport):
    async def half(request, line):
        await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + body()[:50])
        line.writer.close()

    async with provider(half, GOOD) as server, client_of(server, transport) as client:
        assert await asked(client) == "hello"


@on_stage
async def test_r31_a_retry_carries_the_same_idempotency_key_where_one_was_given():
    async with provider(refusal(500), GOOD) as server, client_of(server) as client:
        chat = client.chat().user("hi").extra_headers({"Idempotency-Key": "k-1"})
        await chat.execute()
    assert [request.header("Idempotency-Key") for request in server.requests] == ["k-1", "k-1"]
