"""Refusals: the provider's own row, with every form of a hint when to retry."""

from __future__ import annotations

from random import Random

import pytest

from mock_providers.clock import SteppedClock
from mock_providers.profiles import load_profile, provider_names, render_error
from mock_providers.server import build_app
from tests.support.asgi_call import call

# 2026-11-20 00:00:00 UTC
NOW = 1_795_132_800
CHAT = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}
TEXT = b"upstream connect error or disconnect/reset before headers"
PATHS = {
    "openai": "/openai/v1/chat/completions",
    "anthropic": "/anthropic/v1/messages",
    "gemini": "/gemini/v1beta/models/gemini-2.5-flash:generateContent",
}


async def refused(fault: str, provider: str = "openai", body=CHAT):
    app = build_app([provider], clock=SteppedClock(NOW))
    return await call(app, PATHS[provider], body, {"x-mock-fault": fault})


@pytest.mark.parametrize(
    ("fault", "header", "value"),
    [
        ("429;retry_after=2", "retry-after", "2"),
        ("429;retry_after=1.5", "retry-after", "1.5"),
        ("429;retry_after=-5", "retry-after", "-5"),
        ("429;retry_after=3600", "retry-after", "3600"),
        ("429;retry_after=junk", "retry-after", "soon"),
        ("429;retry_after=date:3", "retry-after", "Fri, 20 Nov 2026 00:00:03 GMT"),
        ("429;retry_after=past", "retry-after", "Thu, 19 Nov 2026 00:00:00 GMT"),
        ("429;retry_after_ms=700", "retry-after-ms", "700"),
        ("429;should_retry=false", "x-should-retry", "false"),
        ("503;should_retry=true", "x-should-retry", "true"),
    ],
)
@pytest.mark.parametrize("provider", PATHS)
async def test_hints_in_headers(provider, fault, header, value) -> None:
    got = await refused(fault, provider)
    assert got.status == int(fault[:3])
    assert got.headers[header] == value


async def test_a_delay_in_the_body_alone() -> None:
    got = await refused("429;retry_info=45", "gemini")
    details = {detail["@type"].rsplit(".")[-1]: detail for detail in got.json["error"]["details"]}
    assert details["RetryInfo"]["retryDelay"] == "45s"
    assert "retry-after" not in got.headers


@pytest.mark.parametrize("provider", PATHS)
async def test_every_row_of_the_error_table_can_be_asked_for(provider) -> None:
    profile = load_profile(provider)
    for name in profile.table.names():
        got = await refused(name, provider)
        assert (name, got.status) == (name, profile.error(name).status)
        assert "x-mock-error" not in got.headers


@pytest.mark.parametrize("provider", provider_names())
def test_every_provider_has_an_envelope_for_every_status(provider) -> None:
    profile = load_profile(provider)
    context = profile.context("", Random(0), NOW)
    for status in range(400, 600):
        assert render_error(profile.error(status), context).status == status


@pytest.mark.parametrize(
    ("fault", "status", "kind", "body"),
    [
        ("500(status=200)", 200, "application/json", None),
        ("400(ctype=octet)", 400, "application/octet-stream", None),
        ("400(ctype=none)", 400, None, None),
        ("500(body=empty)", 500, "application/json", b""),
        ("503(body=text)", 503, "application/json", TEXT),
        ("edge(413)", 413, "text/html; charset=UTF-8", None),
        ("edge(524)", 524, "text/html; charset=UTF-8", None),
    ],
)  # fmt: skip
async def test_refusals_under_another_status_type_or_body(fault, status, kind, body) -> None:
    got = await refused(fault)
    assert (got.status, got.headers.get("content-type")) == (status, kind)
    if body is not None:
        assert got.body == body


async def test_the_edge_has_its_own_headers_and_none_of_the_api() -> None:
    cloudflare, nginx = await refused("edge(524)"), await refused("edge(502)")
    assert cloudflare.headers["server"] == "cloudflare"
    assert cloudflare.headers["cf-ray"]
    assert nginx.headers["server"] == "nginx"
    assert not [name for name in nginx.headers if name.startswith(("x-", "openai"))]


async def test_a_refusal_can_be_cut_and_slowed_too() -> None:
    got = await refused("429+stall(at=headers,for=7)")
    assert (got.status, got.waits) == (429, [7.0])
    got = await refused("429+truncate(mode=fin)")
    assert got.end == "fin"
    assert len(got.body) == int(got.headers["content-length"]) // 2


async def test_an_error_nobody_knows_is_told_with_those_that_are() -> None:
    got = await refused("no_such_error")
    assert (got.status, got.headers["x-mock-error"]) == (400, "true")
    assert "no error row 'no_such_error'; known: missing_key" in got.json["error"]["message"]
