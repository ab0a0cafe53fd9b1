"""The live page, driven by a headless Chromium."""

import pytest

from mock_providers import MockServer
from tests.support.browser import page as opened
from tests.support.http import client

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=\"document.title='taken'\">"


def chat(server, model="gpt-4o"):
    return client.post(
        server.url("openai") + "/chat/completions",
        json={"model": model, "messages": [{"role": "user", "content": "Hello"}]},
        headers={"authorization": "Bearer sk-secret-0123456789abcdef"},
    )


def test_the_page_shows_requests_and_steers_the_server():
    with MockServer(providers=["openai", "anthropic"]) as server, opened() as page:
        chat(server)
        chat(server, model=HOSTILE)
        page.goto(f"{server.origin}/_mock/")
        page.wait_for_selector("#requests tr")
        assert page.inner_text("#totals") == "2 requests"
        assert page.title() == "mock-providers"
        rows = page.locator("#requests tr")
        assert HOSTILE in rows.nth(0).inner_text()
        assert "model_not_found" in rows.nth(0).inner_text()
        rows.nth(1).click()
        page.wait_for_function(
            "document.getElementById('details').textContent.includes('REDACTED')"
        )
        assert "sk-secret" not in page.inner_text("#details")

        page.select_option("#provider", "openai")
        page.click("button:has-text('429;retry_after=2')")
        page.wait_for_selector("#active li")
        assert chat(server).status_code == 429
        assert chat(server).status_code == 200
        page.click("#active button")
        page.wait_for_function("!document.querySelector('#active li')")

        page.select_option("#quota-provider", "openai")
        page.fill("#quota-limit", "1")
        page.click("#quota-set")
        page.wait_for_selector("#quotas li")
        assert [chat(server).status_code for _ in range(2)] == [200, 429]
        page.click("#quota-unset")
        page.wait_for_function("!document.querySelector('#quotas li')")

        page.fill("#fault", "nonsense(")
        page.click("#strike")
        page.wait_for_function("document.getElementById('message').textContent.includes('column')")
        page.click("#reset")
        page.wait_for_function("document.getElementById('totals').textContent === '0 requests'")
        assert page.errors == []


def test_the_page_takes_the_token_from_its_address():
    with (
        MockServer(providers=["openai"], control_token="let-me-in") as server,
        opened(viewport={"width": 400, "height": 800}) as page,
    ):
        chat(server)
        page.goto(f"{server.origin}/_mock/?token=let-me-in")
        page.wait_for_selector("#requests tr")
        assert page.errors == []
        too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert page.evaluate(too_wide) is False
