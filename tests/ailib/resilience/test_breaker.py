import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ailib import errors
from ailib.errors import CircuitOpenError
from ailib.errors import standard_codes as codes
from ailib.resilience import CircuitBreaker, CircuitBreakerConfig, Outcome, outcome_of

OK, BAD, NEUTRAL = Outcome.SUCCESS, Outcome.FAILURE, Outcome.NEUTRAL


def remote(code):
    return errors.RemoteError("x", standard_code=code)


OUTCOMES = [
    (None, OK),
    (errors.ConnectionFailedError("x"), BAD),
    (errors.TruncatedStreamError("x"), BAD),
    (errors.RequestTimeoutError("x", phase="first_event"), BAD),
    (errors.RequestTimeoutError("x", phase="pool"), NEUTRAL),
    (remote(codes.E3001), BAD),
    (remote(codes.E3002), BAD),
    (remote(codes.E3003), BAD),
    (remote(codes.E1001), NEUTRAL),
    (remote(codes.E1002), NEUTRAL),
    (remote(codes.E2001), NEUTRAL),
    (remote(codes.E2002), NEUTRAL),
    (errors.CallCancelledError("x"), NEUTRAL),
    (GeneratorExit(), NEUTRAL),
    (KeyError("a bug of ours"), NEUTRAL),
]


@pytest.mark.parametrize(("error", "outcome"), OUTCOMES, ids=lambda v: repr(v)[:40])
def test_r16_only_the_health_of_the_provider_counts(error, outcome):
    assert outcome_of(error) is outcome


def tripped(threshold=1, cooldown=30.0, successes=1):
    breaker = CircuitBreaker(CircuitBreakerConfig(threshold, cooldown, successes))
    for _ in range(threshold):
        breaker.settle(breaker.admit(0.0), BAD, 0.0)
    return breaker


def test_consecutive_failures_open_it_and_a_success_between_starts_the_count_again():
    breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=3))
    for outcome in (BAD, BAD, OK, BAD, BAD, NEUTRAL):
        breaker.settle(breaker.admit(0.0), outcome, 0.0)
    assert (breaker.state, breaker.failure_count) == ("closed", 2)
    breaker.settle(breaker.admit(0.0), BAD, 0.0)
    assert breaker.state == "open"


def test_open_it_fails_fast_with_the_time_left():
    breaker = tripped()
    with pytest.raises(CircuitOpenError) as caught:
        breaker.admit(12.0)
    assert caught.value.retry_after == 18.0
    assert caught.value.fallbackable
    assert not caught.value.retryable


def test_after_the_cooldown_one_probe_goes_and_others_fail_fast():
    breaker = tripped()
    probe = breaker.admit(30.0)
    assert breaker.state == "half_open"
    with pytest.raises(CircuitOpenError):
        breaker.admit(30.0)
    breaker.settle(probe, OK, 31.0)
    assert breaker.state == "closed"


def test_a_failed_probe_opens_it_for_a_whole_cooldown_again():
    breaker = tripped()
    breaker.settle(breaker.admit(30.0), BAD, 35.0)
    assert breaker.state == "open"
    assert breaker.cooldown_remaining(36.0) == 29.0


def test_r17_a_cancelled_probe_frees_its_place():
    breaker = tripped()
    breaker.settle(breaker.admit(30.0), NEUTRAL, 31.0)
    assert breaker.state == "half_open"
    breaker.settle(breaker.admit(31.0), OK, 32.0)
    assert breaker.state == "closed"


def test_r15_a_straggler_from_before_the_trip_changes_nothing():
    breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=1))
    early_success, early_failure = breaker.admit(0.0), breaker.admit(0.0)
    breaker.settle(breaker.admit(0.0), BAD, 0.0)
    breaker.settle(early_success, OK, 1.0)
    assert breaker.state == "open"
    probe = breaker.admit(30.0)
    breaker.settle(early_failure, BAD, 30.5)
    assert breaker.state == "half_open"
    breaker.settle(probe, OK, 31.0)
    assert breaker.state == "closed"


def test_several_probes_may_be_asked_for():
    breaker = tripped(successes=2)
    breaker.settle(breaker.admit(30.0), OK, 31.0)
    assert breaker.state == "half_open"
    breaker.settle(breaker.admit(31.0), OK, 32.0)
    assert breaker.state == "closed"


class BreakerMachine(RuleBasedStateMachine):
    """Any interleaving of calls, outcomes and time, against what must always hold."""

    def __init__(self):
        super().__init__()
        self.config = CircuitBreakerConfig(3, 10.0, 2)
        self.breaker = CircuitBreaker(self.config)
        self.now = 0.0
        self.running = []  # (admission, was a probe)

    @rule(seconds=st.sampled_from([0.0, 1.0, 9.5, 10.0, 30.0]))
    def time_passes(self, seconds):
        self.now += seconds

    @rule()
    def call(self):
        before, left = self.breaker.state, self.breaker.cooldown_remaining(self.now)
        probes = sum(probe for _, probe in self.running_now())
        try:
            admission = self.breaker.admit(self.now)
        except CircuitOpenError:
            assert left > 0 or (before == "half_open" and probes == 1)
            return
        assert left == 0
        assert before == "closed" or probes == 0
        self.running.append((admission, self.breaker.state == "half_open"))

    def running_now(self):
        """Calls of the current period."""
        return [(a, probe) for a, probe in self.running if a.period == self.breaker._period]

    @precondition(lambda self: self.running)
    @rule(data=st.data(), outcome=st.sampled_from(list(Outcome)))
    def end(self, data, outcome):
        position = data.draw(st.integers(0, len(self.running) - 1))
        admission, _ = self.running.pop(position)
        state, current = self.breaker.state, admission.period == self.breaker._period
        self.breaker.settle(admission, outcome, self.now)
        if not current or outcome is NEUTRAL or state == "open":
            assert self.breaker.state == state
        if state != "closed" and self.breaker.state == "closed":
            assert (state, outcome) == ("half_open", OK)
        if state == "half_open" and current and outcome is BAD:
            assert self.breaker.state == "open"

    @invariant()
    def counts_stay_in_bounds(self):
        assert sum(probe for _, probe in self.running_now()) <= 1
        if self.breaker.state == "closed":
            assert self.breaker.failure_count < self.config.failure_threshold
        assert self.breaker.success_count < self.config.success_threshold
        assert 0 <= self.breaker.cooldown_remaining(self.now) <= self.config.cooldown_seconds


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
