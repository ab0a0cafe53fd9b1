"""The prose the generator speaks: sentences already cut into tokens."""

from __future__ import annotations

from random import Random

from mock_providers.answer.tokens import split

_SENTENCES = (
    "The short answer is yes, with one small exception.",
    "Start with the simplest case and check it by hand.",
    "In practice, most of the work is in the first step.",
    "There are three points worth keeping in mind.",
    "Each part can be changed without touching the others.",
    "The river runs past the old mill and turns south at the bridge.",
    "A good rule is to measure before you decide.",
    "It depends on how often the data changes.",
    "The second approach costs more, but it is easier to explain.",
    "Most people notice the difference only after a week.",
    "You can read the result directly from the table.",
    "The morning was clear, and the harbour smelled of salt and tar.",
    "If the numbers disagree, trust the smaller one.",
    "Two of the four options can be ruled out at once.",
    "Keep the names short and the examples real.",
    "The café on the corner opens at seven and closes at three.",
    "A quick test will show which of them is faster.",
    "That was true in 1998, and it is still true today.",
    "The cost grows with the number of steps, not with their size.",
    "Nothing else in the system needs to know about this.",
    "Write down what you expect before you run it.",
    "The last line of the file tells you when it was saved.",
    "Birds follow the coast in autumn, up to 400 km a day.",
    "A small coffee costs 3 € there. ☕",
    "Try it once and see what changes 🙂.",
    "An index helps only when the query is selective.",
    "Once the first value is known, the rest follow from it.",
    "The map shows the path, the tower and a small lake.",
    "This holds for every case we have seen so far.",
    "Ask for the date first, then for the amount.",
)

_THOUGHTS = (
    "The user wants a direct answer.",
    "Let me look at what is given first.",
    "I should check the numbers before I reply.",
    "There may be a second reading of the question.",
    "The simplest reading is most likely the intended one.",
    "A short answer with one example will do.",
    "Nothing here needs more context.",
)

_FIRST = tuple(split(s) for s in _SENTENCES)
_NEXT = tuple(split(" " + s) for s in _SENTENCES)
_THOUGHT_FIRST = tuple(split(s) for s in _THOUGHTS)
_THOUGHT_NEXT = tuple(split(" " + s) for s in _THOUGHTS)


def _compose(
    first: tuple[tuple[str, ...], ...], later: tuple[tuple[str, ...], ...], order: list[int]
) -> tuple[str, ...]:
    pieces = list(first[order[0]])
    for index in order[1:]:
        pieces += later[index]
    return tuple(pieces)


def prose(random: Random, at_least: int = 0) -> tuple[str, ...]:
    """Two to four sentences in tokens, more if ``at_least`` tokens are wanted."""
    order = random.sample(range(len(_FIRST)), random.randint(2, 4))
    while sum(len(_NEXT[i]) for i in order) < at_least:
        order.append(random.randrange(len(_FIRST)))
    return _compose(_FIRST, _NEXT, order)


def thoughts(random: Random) -> tuple[str, ...]:
    """Two or three sentences of reasoning in tokens."""
    order = random.sample(range(len(_THOUGHT_FIRST)), random.randint(2, 3))
    return _compose(_THOUGHT_FIRST, _THOUGHT_NEXT, order)


def phrase(random: Random, words: int = 2) -> str:
    """A few plain words, for free text inside JSON."""
    vocabulary = ("amber", "harbour", "lantern", "meadow", "orchard", "pebble", "river", "willow")
    return " ".join(random.sample(vocabulary, min(words, len(vocabulary))))
