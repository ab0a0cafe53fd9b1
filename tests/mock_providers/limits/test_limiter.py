"""Buckets, their refill, and how resets are written."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_providers.limits import Limiter, Pace, Quota, Spent, write_reset
from mock_providers.profiles import load_profile
from mock_providers.profiles.model import Bucket, Limits

LIMITS = Limits((Bucket("requests", 10, 60.0), Bucket("tokens", 1000, 60.0)), {}, "decimal")


def test_a_bucket_refills_evenly_and_never_beyond_its_limit():
    limiter = Limiter(LIMITS)
    first = limiter.take("k", Spent(100, 100), 0.0)
    assert first.values["requests_remaining"] == 9
    assert first.values["tokens_remaining"] == 800
    assert first.values["tokens_reset"] == "12.000"
    later = limiter.take("k", Spent(), 6.0)
    assert (later.values["requests_remaining"], later.values["tokens_remaining"]) == (9, 900)
    assert limiter.take("k", Spent(), 600.0).values["tokens_remaining"] == 1000


def test_stated_limits_report_and_do_not_refuse():
    limiter = Limiter(LIMITS)
    verdicts = [limiter.take("k", Spent(), 0.0) for _ in range(20)]
    assert all(verdict.refused is None for verdict in verdicts)
    assert verdicts[-1].values["requests_remaining"] == 0


def test_a_quota_refuses_and_says_how_long():
    limiter = Limiter(LIMITS, {"requests": Quota(2, 60)})
    assert [limiter.take("k", Spent(), 0.0).refused for _ in range(3)] == [None, None, "requests"]
    assert limiter.take("k", Spent(), 0.0).retry_after == pytest.approx(30.0)
    assert limiter.take("other", Spent(), 0.0).refused is None
    assert limiter.take("k", Spent(), 30.0).refused is None


def test_a_refused_request_costs_nothing():
    limiter = Limiter(LIMITS, {"tokens": Quota(100, 60)})
    assert limiter.take("k", Spent(200, 0), 0.0).refused == "tokens"
    assert limiter.take("k", Spent(100, 0), 0.0).refused is None


def test_concurrency_counts_those_under_way():
    limiter = Limiter(LIMITS, {"concurrency": Quota(1)})
    assert [limiter.enter("k"), limiter.enter("k"), limiter.enter("other")] == [True, False, True]
    limiter.leave("k")
    assert limiter.enter("k")


@pytest.mark.parametrize(
    ("form", "seconds", "text"),
    [
        ("duration", 0.0, "0s"),
        ("duration", 0.002, "2ms"),
        ("duration", 0.0171, "17ms"),
        ("duration", 1.5, "1.5s"),
        ("duration", 360.0, "6m0s"),
        ("duration", 3661.0, "1h1m1s"),
        ("seconds", 1.2, "2"),
        ("decimal", 7.5, "7.500"),
        ("rfc3339", 10.2, "2023-11-14T22:13:31Z"),
        ("epoch", 10.2, "1700000011"),
        ("epoch_ms", 10.2, "1700000010200"),
    ],
)
def test_resets_are_written_in_each_providers_way(form, seconds, text):
    assert write_reset(form, seconds, 1_700_000_000.0) == text


@given(st.floats(0, 10**6))
def test_a_duration_never_has_sixty_seconds(seconds):
    text = write_reset("duration", seconds, 0.0)
    assert "60s" not in text.replace("160s", "")
    assert text.endswith("s")


def test_every_profile_states_limits_it_can_fill():
    for name in ("openai", "anthropic", "groq"):
        profile = load_profile(name)
        values = Limiter(profile.limits).look("k", 0.0)
        assert all(
            hole.strip("{}") in values for hole in profile.limits.headers.values()
        )  # fmt: skip


def test_a_pace_varies_by_no_more_than_its_jitter():
    pace = Pace(ttft=1.0, tokens_per_second=10.0, jitter=0.2)
    times = [pace.whole(20, Random(n)) for n in range(200)]
    assert min(times) >= 3.0 * 0.8
    assert max(times) <= 3.0 * 1.2
    assert len(set(times)) > 100
