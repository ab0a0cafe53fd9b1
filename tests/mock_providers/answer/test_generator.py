"""What the generator promises."""

import json
from dataclasses import replace
from random import Random

import pytest

from mock_providers.answer import (
    Ask,
    AskedMessage,
    AskedTool,
    Call,
    Reasoning,
    count_input,
    count_tokens,
    generate,
    split,
)

WEATHER = AskedTool(
    "get_weather",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
CLOCK = AskedTool("clock", {"type": "object", "properties": {}})


def ask(text="Tell me something.", **fields):
    return Ask("chat", "m", messages=(AskedMessage("user", text),), **fields)


def calls(turn):
    return [part.name for part in turn.answers[0].parts if isinstance(part, Call)]


def test_the_same_dice_give_the_same_answer():
    assert generate(ask(), Random(3)) == generate(ask(), Random(3))
    assert len({generate(ask(), Random(seed)) for seed in range(20)}) > 10


def test_a_seed_of_the_caller_beats_the_dice():
    assert generate(ask(seed=1), Random(3)).answers == generate(ask(seed=1), Random(4)).answers


def test_n_candidates_cost_n_times():
    turn = generate(ask(n=3), Random(1))
    pieces = [len(a.parts[0].pieces) for a in turn.answers]
    assert len(pieces) == 3
    assert turn.usage.output == sum(pieces)


def test_max_tokens_cuts_and_says_length():
    turn = generate(ask(max_tokens=4), Random(1))
    answer = turn.answers[0]
    assert (len(answer.parts[0].pieces), answer.finish, turn.usage.output) == (4, "length", 4)


def test_stop_cuts_before_the_sequence():
    whole = generate(ask(), Random(1)).answers[0].parts[0].whole
    stop = whole[9:13]
    answer = generate(ask(stop=("nowhere", stop)), Random(1)).answers[0]
    assert answer.parts[0].whole == whole[: whole.index(stop)]
    assert (answer.finish, answer.matched_stop) == ("stop_sequence", stop)


@pytest.mark.parametrize(
    ("text", "choice", "expected"),
    [
        ("What is the weather in Paris?", "auto", ["get_weather"]),
        ("Use get_weather and clock", "auto", ["get_weather", "clock"]),
        ("Use the tool", "auto", ["get_weather"]),
        ("Tell me a story", "auto", []),
        ("What is the weather?", "none", []),
        ("Tell me a story", "required", ["get_weather"]),
        ("Tell me a story", "clock", ["clock"]),
    ],
)
def test_when_a_tool_is_called(text, choice, expected):
    turn = generate(ask(text, tools=(WEATHER, CLOCK), tool_choice=choice), Random(1))
    assert calls(turn) == expected
    assert turn.answers[0].finish == ("tool_calls" if expected else "stop")


def test_without_parallel_calls_only_the_first_is_made():
    question = ask("Use get_weather and clock", tools=(WEATHER, CLOCK), parallel_tools=False)
    assert calls(generate(question, Random(1))) == ["get_weather"]


def test_a_tool_result_is_answered_in_text_that_uses_it():
    question = ask("What is the weather?", tools=(WEATHER,))
    result = AskedMessage("tool", "21 degrees and sunny", tool_results=("call_1",))
    turn = generate(replace(question, messages=(*question.messages, result)), Random(1))
    assert calls(turn) == []
    assert "21 degrees and sunny" in turn.answers[0].parts[0].whole


def test_arguments_fit_the_schema_and_come_in_pieces():
    call = generate(ask("weather", tools=(WEATHER,)), Random(1)).answers[0].parts[0]
    assert list(json.loads(call.whole)) == ["city"]
    assert len(call.pieces) >= 4


def test_a_call_that_does_not_fit_is_cut():
    answer = generate(ask("weather", tools=(WEATHER,), max_tokens=9), Random(1)).answers[0]
    assert answer.finish == "length"
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.parts[0].whole)


def test_structured_output_is_json():
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    text = generate(ask(schema=schema), Random(1)).answers[0].parts[0].whole
    assert type(json.loads(text)["a"]) is int
    assert (
        type(json.loads(generate(ask(json_mode=True), Random(1)).answers[0].parts[0].whole)) is dict
    )


def test_reasoning_is_counted_and_signed():
    turn = generate(ask(reasoning=True), Random(1))
    thought, text = turn.answers[0].parts
    assert isinstance(thought, Reasoning)
    assert thought.signature
    assert turn.usage.reasoning == len(thought.pieces)
    assert turn.usage.output == len(thought.pieces) + len(text.pieces)


def test_thinking_can_use_up_the_limit():
    turn = generate(ask(reasoning=True, max_tokens=2), Random(1))
    assert [type(p).__name__ for p in turn.answers[0].parts] == ["Reasoning"]
    assert (turn.answers[0].finish, turn.usage.output) == ("length", 2)


def test_usage_is_never_zero():
    empty = Ask("chat", "m")
    turn = generate(empty, Random(1))
    assert turn.usage.input > 0
    assert turn.usage.output > 0
    assert generate(Ask("embeddings", "m", inputs=("",)), Random(1)).usage.input > 0


def test_media_and_tools_cost_tokens():
    plain = count_input(ask("hi"))
    seen = Ask("chat", "m", messages=(AskedMessage("user", "hi", images=2, audio=1, documents=1),))
    assert count_input(seen) == plain + 2 * 258 + 320 + 516
    assert count_input(ask("hi", tools=(WEATHER,))) > plain + 10


def test_tokens_join_to_the_text():
    text = "Ünïcode_words 12345 – don't\n\n  stop 🙂 日本語 now"
    assert "".join(split(text)) == text
    assert count_tokens(text) == len(split(text))
    assert count_tokens("The quick brown fox jumps over the lazy dog.") == 10


def test_a_long_prefix_of_an_earlier_turn_is_read_from_the_cache():
    long = AskedMessage("user", "word " * 3000)
    turns = (long, AskedMessage("assistant", "yes"), AskedMessage("user", "and now?"))
    question = Ask("chat", "m", messages=turns, caching="auto")
    usage = generate(question, Random(1)).usage
    assert usage.cached % 128 == 0
    assert 2900 < usage.cached < usage.input
    assert generate(replace(question, caching=""), Random(1)).usage.cached == 0
    assert generate(replace(question, messages=turns[:1]), Random(1)).usage.cached == 0
    marked = generate(replace(question, caching="marked"), Random(1)).usage
    assert (marked.cached, marked.written) == (usage.cached, usage.input - usage.cached)
