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


def _texts(sentences: tuple[str, ...], least: int, most: int) -> tuple[tuple[str, ...], ...]:
    """Texts of so many of the sentences, in tokens, made once."""
    dice = Random(20_261_120)
    begins = [split(sentence) for sentence in sentences]
    follows = [split(" " + sentence) for sentence in sentences]
    orders = (dice.sample(range(len(sentences)), dice.randint(least, most)) for _ in range(256))
    return tuple(
        begins[first] + tuple(piece for index in others for piece in follows[index])
        for first, *others in orders
    )


_PROSE = _texts(_SENTENCES, 2, 4)
_REASONING = _texts(_THOUGHTS, 2, 3)


def prose(random: Random) -> tuple[str, ...]:
    """Two to four sentences in tokens."""
    return _PROSE[random.getrandbits(8)]


def thoughts(random: Random) -> tuple[str, ...]:
    """Two or three sentences of reasoning in tokens."""
    return _REASONING[random.getrandbits(8)]


def phrase(random: Random, words: int = 2) -> str:
    """A few plain words, for free text inside JSON."""
    vocabulary = ("amber", "harbour", "lantern", "meadow", "orchard", "pebble", "river", "willow")
    return " ".join(random.sample(vocabulary, min(words, len(vocabulary))))
