import pytest
from hypothesis import given
from hypothesis import strategies as st

from ailib.hints import Budget, budgets, exhausted_for, retry_after, wait_seconds

NOW = 1_795_176_000.0  # 2026-11-20T12:00:00Z

FORMS = {
    "R-07 zero": ("0", 0.0),
    "seconds": ("2", 2.0),
    "R-06 fraction": ("1.5", 1.5),
    "spaces": (" 3 ", 3.0),
    "go milliseconds": ("12ms", 0.012),
    "R-10 go minutes": ("6m0s", 360.0),
    "R-10 go fraction": ("2m59.56s", 179.56),
    "go hours": ("1h2m3s", 3723.0),
    "go microseconds": ("250µs", 0.00025),
    "protobuf duration": ("45.837906927s", 45.837906927),
    "rfc 3339": ("2026-11-20T12:00:30Z", 30.0),
    "rfc 3339 fraction": ("2026-11-20T12:00:00.250Z", 0.25),
    "rfc 3339 offset": ("2026-11-20T14:00:30+02:00", 30.0),
    "http date": ("Fri, 20 Nov 2026 12:00:07 GMT", 7.0),
    "R-08 http date in the past": ("Fri, 20 Nov 2026 11:00:00 GMT", 0.0),
    "rfc 3339 in the past": ("2026-11-20T11:00:00Z", 0.0),
    "R-10 unix seconds": ("1795176060", 60.0),
    "R-10 unix milliseconds": ("1795176000500", 0.5),
    "unix seconds in the past": ("1795170000", 0.0),
    "negative": ("-5", None),
    "nan": ("nan", None),
    "infinity": ("inf", None),
    "words": ("soon", None),
    "empty": ("", None),
    "impossible date": ("Fri, 99 Nov 2026 12:00:07 GMT", None),
    "unknown unit": ("3 fortnights", None),
}


@pytest.mark.parametrize(("text", "seconds"), FORMS.values(), ids=FORMS.keys())
def test_every_form_of_a_wait_is_read(text, seconds):
    found = wait_seconds(text, NOW)
    assert found is None if seconds is None else found == pytest.approx(seconds, abs=1e-9)


@given(st.text(max_size=40))
def test_any_text_gives_a_wait_or_none_and_never_an_error(text):
    found = wait_seconds(text, NOW)
    assert found is None or found >= 0


RETRY_AFTER = {
    "none": ({}, None),
    "seconds": ({"retry-after": "39"}, 39.0),
    "R-09 milliseconds alone": ({"retry-after-ms": "1200"}, 1.2),
    "milliseconds are finer": ({"retry-after": "2", "retry-after-ms": "1200"}, 1.2),
    "azure's zero says nothing": ({"retry-after": "1", "retry-after-ms": "0"}, 1.0),
    "zero alone is zero": ({"retry-after-ms": "0"}, 0.0),
    "junk beside seconds": ({"retry-after": "2", "retry-after-ms": "x"}, 2.0),
    "junk": ({"retry-after": "later"}, None),
}


@pytest.mark.parametrize(("headers", "seconds"), RETRY_AFTER.values(), ids=RETRY_AFTER.keys())
def test_retry_after_is_read_from_both_headers(headers, seconds):
    assert retry_after(headers, NOW) == seconds


def test_the_name_of_retry_after_comes_from_the_manifest():
    assert retry_after({"x-wait": "4", "retry-after": "9"}, NOW, name="x-wait") == 4


NAMES = {
    "requests_remaining": "X-Left-Requests",
    "requests_reset": "X-Reset-Requests",
    "tokens_remaining": "x-left-tokens",
    "requests_limit": "x-limit-requests",
    "retry_after": "retry-after",
}


def test_budgets_are_read_by_the_manifests_header_names():
    headers = {"x-left-requests": "0", "x-reset-requests": "6m0s", "x-left-tokens": "15"}
    assert list(budgets(headers, NOW, NAMES)) == [
        Budget("requests", 0.0, 360.0),
        Budget("tokens", 15.0, 1.0),
    ]
    assert exhausted_for(headers, NOW, NAMES) == 360.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"x-left-requests": "7", "x-reset-requests": "6m0s"}, None),
        ({"x-left-requests": "many"}, None),
        ({"x-left-tokens": "0"}, 1.0),
        ({"x-left-tokens": "0", "x-left-requests": "0", "x-reset-requests": "200ms"}, 1.0),
    ],
)
def test_a_used_up_budget_asks_to_wait_until_its_reset(headers, seconds):
    assert exhausted_for(headers, NOW, NAMES) == seconds
