"""Pure: a case and a transcript make checks. No clock, no dice, no I/O; imports only the model.

The same function judges a fresh run, an old transcript and a broken one made by the self-check.
"""

from __future__ import annotations

from conformance.judge import calls, invariants, session
from conformance.model import Case, Check, Result, Status, Transcript

__all__ = ["judge", "verdict"]


def judge(case: Case, transcript: Transcript) -> tuple[Check, ...]:
    """All checks of the case on the transcript, in the order of the scenario, invariants last."""
    made: list[Check] = []
    for number, (asked, record) in enumerate(zip(case.calls, transcript.calls, strict=False)):
        made.extend(calls.checks(f"calls[{number}]", asked.get("expect", {}), record))
    made.extend(session.checks(case.expect, transcript))
    made.extend(invariants.checks(case, transcript))
    return tuple(made)


def verdict(case: Case, transcript: Transcript) -> Result:
    """The result of the case: ``error`` where harness or adapter failed, else pass or fail."""
    if transcript.trouble is not None:
        return Result(
            case, transcript.client, "error", transcript=transcript, reason=transcript.trouble
        )
    made = judge(case, transcript)
    status: Status = "pass" if all(check.passed for check in made) else "fail"
    return Result(case, transcript.client, status, made, transcript)
