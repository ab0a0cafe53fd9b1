"""Every fault of the catalogue, in every form, on every recorded kind of answer."""

from __future__ import annotations

import itertools
import random

import pytest

from mock_providers.cassettes.plan import Recording, load_plan
from mock_providers.clock import SteppedClock
from mock_providers.faults import CATALOGUE
from mock_providers.profiles import load_profile
from mock_providers.server import build_app
from tests.support.asgi_call import Answered, call
from tests.support.shared import ROOT

PLAN = load_plan(ROOT / "cassettes/recordings.yaml")
ANSWERS = [one for one in PLAN if one.faults == "" or one.faults.startswith("latency")]
GOOD = list({(one.dialect, one.name): one for one in reversed(ANSWERS)}.values())
"""One provider of each kind of answer in each dialect, the first of the plan."""


def forms(name: str) -> list[str]:
    """A fault's example, and one text for each choice of each argument."""
    spec = CATALOGUE[name]
    texts = [spec.example]
    for param in spec.params:
        if name not in ("error", "error_event"):
            texts += [f"{name}({param.name}={choice})" for choice in param.choices]
    if name == "error":
        texts = [
            "429;retry_after=2",
            "500",
            "400(status=200)",
            "404(ctype=octet)",
            "503(body=text)",
            "401(body=empty)",
            "rate_limited;retry_after=date:3;should_retry=false",
        ]
    return list(dict.fromkeys(texts))


TEXTS = list(itertools.chain.from_iterable(forms(name) for name in CATALOGUE))
NEEDS_PACKAGE = ("encode(coding=br)", "encode(coding=zstd)")


def headers(one: Recording) -> dict[str, str]:
    profile = load_profile(one.provider)
    keyed = [scheme for scheme in profile.auth.schemes if not scheme.prefix.startswith("AWS4")]
    return {**one.headers} | {s.name: s.prefix + profile.example_key for s in keyed[:1]}


async def ask(one: Recording, fault: str = "") -> Answered:
    app = build_app([one.provider], clock=SteppedClock(1_795_000_000))
    carried = {"x-mock-fault": fault} if fault else {}
    return await call(app, f"/{one.provider}{one.path}", one.json, headers(one) | carried)


def wrong(fault: str, plain: Answered, got: Answered) -> bool:
    if got.headers.get("x-mock-error"):
        said = got.json["error"]["message"]
        expected = fault in NEEDS_PACKAGE or "binary frames" in said or "inside a stream" in said
        return got.status != 501 or not expected
    if "x-mock-idle" in got.headers:
        same = (got.status, got.body, got.end) == (plain.status, plain.body, plain.end)
        return got.headers["x-mock-idle"] != fault or not same
    if CATALOGUE.get(fault.partition("(")[0], CATALOGUE["error"]).layer == "turn":
        return got.status != 200
    if fault.startswith("coalesce"):  # so is an answer without faults
        return got.body != plain.body
    return vars(got) == vars(plain)


PLAIN: dict[Recording, Answered] = {}
"""What each recording is without faults; asked once."""


async def asked_without_faults() -> dict[Recording, Answered]:
    PLAIN.update({one: await ask(one) for one in GOOD})
    return PLAIN


@pytest.mark.parametrize("fault", TEXTS)
async def test_every_fault_on_every_answer(fault) -> None:
    """It happens (the answer differs from the faultless one), or the answer says that it found
    nothing to act on, or the mock refuses and says why. It is never a mistake of the mock."""
    plain = PLAIN or await asked_without_faults()
    assert {(got.status, got.end, got.raw) for got in plain.values()} == {(200, "complete", b"")}
    found = [
        f"{one.provider}/{one.name}"
        for one in GOOD
        if wrong(fault, plain[one], await ask(one, fault))
    ]
    assert found == []


# Tool calls, kinds of events that not every dialect has, line ends that are there already, code
# points that this text does not hold.
NOT_ON_TEXT = ("tools", "drop", "dup", "prelude", "reframe", "split_utf8", "merge_finish")
ON_TEXT = [t for t in TEXTS if t.partition("(")[0] in CATALOGUE.keys() - set(NOT_ON_TEXT)]
STREAMS = [
    one
    for one in GOOD
    if (one.provider, one.name)
    in {
        ("openai", "chat-stream"),
        ("openai", "responses-stream"),
        ("anthropic", "messages-stream"),
        ("gemini", "generate-stream"),
        ("cohere", "chat-stream"),
    }
]


@pytest.mark.parametrize("fault", ON_TEXT)
async def test_what_must_act_on_a_stream_of_text_does(fault) -> None:
    idle = [one.name for one in STREAMS if "x-mock-idle" in (await ask(one, fault)).headers]
    assert idle == []


async def test_no_combination_of_faults_is_a_mistake_of_the_mock() -> None:
    dice = random.Random(2)
    failed = []
    for _ in range(1500):
        one = dice.choice(GOOD)
        fault = "+".join(dice.sample(TEXTS, dice.randint(2, 4)))
        if b"the mock itself failed" in (await ask(one, fault)).body:
            failed.append((one.provider, one.name, fault))
    assert failed == []
