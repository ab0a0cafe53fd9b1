"""Text as it arrives: halves of characters, and reasoning between tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ailib.assemble.surrogates import PairJoiner, mended
from ailib.assemble.think import ThinkSplitter


def joined(pieces):
    joiner = PairJoiner()
    return "".join([*map(joiner.join, pieces), joiner.flush()])


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["a\ud83d", "\ude00b"], "a😀b"),
        (["\ud83d", "", "\ude00"], "😀"),
        (["a\ud83d", "b"], "a\ufffdb"),
        (["a\ud83d"], "a\ufffd"),
        (["\ude00"], "\ufffd"),
        (["é漢", "😀"], "é漢😀"),
    ],
)
def test_halves_of_a_pair_are_one_character(pieces, text):
    assert joined(pieces) == text


@given(st.lists(st.text(st.sampled_from("aé😀\ud83d\ude00"), max_size=4)))
def test_no_half_is_left_and_the_cuts_do_not_matter(pieces):
    assert joined(pieces) == joined(["".join(pieces)]) == mended("".join(pieces))
    joined(pieces).encode()


def split(pieces):
    splitter = ThinkSplitter("<think>", "</think>")
    found = [piece for text in pieces for piece in splitter.split(text)] + splitter.flush()
    reasoning = "".join(text for is_reasoning, text in found if is_reasoning)
    return reasoning, "".join(text for is_reasoning, text in found if not is_reasoning)


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("<think>Hmm</think>Hi", "Hmm", "Hi"),
        ("\n<think>Hmm</think>\n\nHi", "Hmm", "Hi"),
        ("<think>Hmm", "Hmm", ""),
        ("<think>Hmm</thi", "Hmm</thi", ""),
        ("<think></think>Hi", "", "Hi"),
        ("a <think>b</think>", "", "a <think>b</think>"),
        ("<th", "", "<th"),
        ("<thought>", "", "<thought>"),
        ("<think>a</think>b<think>c</think>", "a", "b<think>c</think>"),
        ("<think>a < b</think> c", "a < b", "c"),
        ("", "", ""),
    ],
)
def test_a_block_that_opens_the_answer_is_reasoning_however_it_is_cut(text, reasoning, answer):
    assert split([text]) == (reasoning, answer)
    assert split(list(text)) == (reasoning, answer)
    for cut in range(len(text)):
        assert split([text[:cut], text[cut:]]) == (reasoning, answer)
