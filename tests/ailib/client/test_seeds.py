"""Every Python block of seeds 000, 001 and 004, run against the mocks.

The prelude supplies what the documents leave undefined: ``client``, ``tool_definition``,
``should_cancel``, the names they import further up, keys in the environment, and a working
directory that has ``./ai-protocol`` (`conftest.py`).
"""

import ast
import inspect

import pytest

import ailib
from ailib.types import StreamEnd
from tests.support.seed_blocks import Block, blocks
from tests.support.shared import SHARED, shared

BLOCKS = blocks("000", "001", "004")
RUN = [block for block in BLOCKS if not block.listed]
LISTED = [block for block in BLOCKS if block.listed]
EXPECTED = {"000": 11, "001": 7, "004": 5}


async def run(block: Block, names):
    code = compile(block.source, block.id, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    outcome = eval(code, names)
    if inspect.iscoroutine(outcome):
        await outcome
    return names


def test_no_block_is_lost():
    shared("seeds")
    assert {seed: sum(b.seed == seed for b in BLOCKS) for seed in EXPECTED} == EXPECTED


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared")
@pytest.mark.parametrize("block", RUN, ids=lambda block: block.id)
async def test_a_block_runs(block, prelude, capsys):
    names = await run(block, prelude)
    if "print(" in block.source and "except" not in block.source:
        assert capsys.readouterr().out.strip()
    if "response" in names:
        assert names["response"].content
    if "stats" in names:
        assert names["stats"].total_tokens == names["response"].usage.total_tokens > 0


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared")
@pytest.mark.parametrize("block", LISTED, ids=lambda block: block.listed[0])
async def test_a_listed_class_has_the_attributes_on_what_a_call_gives(block, prelude):
    name, attributes = block.listed
    response, stats = await prelude["client"].chat().user("hi").execute_with_stats()
    given = {"ChatResponse": response, "CallStats": stats, "StreamingEvent": StreamEnd()}[name]
    assert isinstance(given, getattr(ailib, name))
    assert len(attributes) >= 4
    for attribute in attributes:
        assert hasattr(type(given), attribute) or attribute in type(given).__dataclass_fields__
        if name != "StreamingEvent":
            assert getattr(given, attribute) is not None


async def test_the_seeds_error_handling_names_what_it_prints(prelude, capsys):
    shared("seeds")
    block = next(block for block in RUN if "except RemoteError" in block.source)
    bad = await ailib.AiClient.create("openai/gpt-4o", api_key="not a key")
    await run(block, prelude | {"client": bad})
    assert capsys.readouterr().out.splitlines() == [
        "Provider error: authentication",
        "Standard code: E1002",
        "HTTP status: 401",
    ]


async def test_messages_are_appended_to_those_before(prelude):
    chat = prelude["client"].chat().system("s").user("u").messages([ailib.Message.user("more")])
    assert [message.text for message in chat.build().messages] == ["s", "u", "more"]
