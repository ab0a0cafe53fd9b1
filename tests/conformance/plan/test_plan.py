"""Scenario files: what is read, what is refused and how, what is selected."""

import json
import textwrap

import pytest

from conformance.errors import InvalidFileError, NothingSelectedError, UsageError
from conformance.plan import bundled, load, problems, select
from conformance.plan.expand import UnknownReferenceError, axes_of, fill, permutations

CLAUSES = "clauses: [{id: CHAT-1, level: MUST, text: Something holds always., source: a book}]\n"
GOOD = """\
id: area.subject
title: Something happens here
clauses: [CHAT-1]
calls:
  - model: openai/gpt-4o
    prompt: Hi.
    expect: {outcome: ok}
server:
  - turn: {text: Hello}
expect: {requests: 1}
"""


@pytest.fixture
def suite_folder(tmp_path):
    def make(text=GOOD, axes=None, name="area/subject.yaml"):
        (tmp_path / "clauses").mkdir(exist_ok=True)
        (tmp_path / "clauses/all.yaml").write_text(CLAUSES)
        scenarios = tmp_path / "scenarios"
        (scenarios / name).parent.mkdir(parents=True, exist_ok=True)
        (scenarios / name).write_text(text)
        if axes:
            (scenarios / "axes.yaml").write_text(axes)
        return scenarios, tmp_path / "clauses"

    return make


def test_a_scenario_without_axes_is_one_case(suite_folder):
    suite = load(*suite_folder())
    (case,) = suite.scenarios[0].cases
    assert (case.name, case.file) == ("area.subject", "scenarios/area/subject.yaml")
    assert case.blind().calls == ({"model": "openai/gpt-4o", "prompt": "Hi."},)
    assert case.blind().expect == {}


def test_axes_expand_and_references_are_filled(suite_folder):
    text = GOOD.replace("  - model: openai/gpt-4o\n", "  - ").replace(
        "  -     prompt", "  - prompt"
    )
    text = text.replace("text: Hello", 'text: "${word.text} ${dialect}"') + textwrap.dedent(
        """\
        axes:
          dialect: [one, two]
          word: {a: {text: A}, b: {text: B, only: {dialect: two}}}
        """
    )
    suite = load(
        *suite_folder(text, axes="dialect:\n  one: {model: p/one}\n  two: {model: p/two}\n")
    )
    seen = [
        (c.name, c.calls[0]["model"], c.server[0]["turn"]["text"]) for c in suite.scenarios[0].cases
    ]
    assert seen == [
        ("area.subject[dialect=one,word=a]", "p/one", "A one"),
        ("area.subject[dialect=two,word=a]", "p/two", "A two"),
        ("area.subject[dialect=two,word=b]", "p/two", "B two"),
    ]


BAD = [
    ("server:", "sever:", 8, "/sever", "the key 'sever'", "did you mean 'server'?"),
    ("requests: 1", "request: 1", 10, "/expect/request", "1", None),
    ("{outcome: ok}", "{outcome: fine}", 7, "/calls/0/expect/outcome", '"fine"', None),
    ("{outcome: ok}", "{outcom: ok}", 7, "/calls/0/expect/outcom", "the key 'outcom'", "outcome"),
    ("[CHAT-1]", "[CHAT-2]", 3, "/clauses/0", "'CHAT-2'", None),
    ("area.subject", "other.subject", 1, "/id", "'other.subject'", None),
    ("happens here", "must happen", 2, "/title", "'Something must happen'", None),
    ("requests: 1", "requests: {$atleast: 1}", 10, "/expect/requests/$atleast", "'$atleast'", None),
    ("text: Hello", "text: '${nothing.x}'", 9, "/server/0/turn/text", "${nothing.x}", None),
    ("    prompt: Hi.\n", "", 5, "/calls/0", None, None),
    ("title: Something happens here\n", "", 1, "", "none", None),
    ("prompt: Hi.", "prompt: Hi.\n    prompt: Ho.", 7, "/calls/0/prompt", "'prompt' again", None),
    ("prompt: Hi.", "prompt: [Hi.", 7, "", None, None),
]


@pytest.mark.parametrize(("old", "new", "line", "pointer", "found", "hint"), BAD)
def test_a_wrong_file_is_told_with_line_pointer_and_what_was_found(
    suite_folder, old, new, line, pointer, found, hint
):
    assert old in GOOD
    with pytest.raises(InvalidFileError) as caught:
        load(*suite_folder(GOOD.replace(old, new, 1)))
    error = caught.value
    assert (error.file, error.pointer) == ("scenarios/area/subject.yaml", pointer)
    assert line is None or error.line == line
    assert found is None or found in error.found
    assert hint is None or hint in (error.hint or "")
    assert error.exit_code == 2


def test_two_scenarios_cannot_share_an_id(suite_folder):
    with pytest.raises(InvalidFileError, match=r"'area\.subject' again"):
        load(*suite_folder(f"{GOOD}---\n{GOOD}"))


def test_lint_tells_all_files_at_once(suite_folder):
    suite_folder(GOOD.replace("server:", "sever:"))
    folders = suite_folder(
        GOOD.replace("area.", "more.").replace("ok", "so"), name="more/subject.yaml"
    )
    assert [problem.line for problem in problems(*folders)] == [8, 7]


def test_a_missing_folder_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        load(tmp_path / "nothing", tmp_path)


def test_words_of_yaml_1_1_and_dates_stay_text(suite_folder):
    text = GOOD.replace("{text: Hello}", "{text: [yes, off, 2026-01-01, 1_000]}")
    (case,) = load(*suite_folder(text)).scenarios[0].cases
    assert case.server[0]["turn"]["text"] == ["yes", "off", "2026-01-01", "1_000"]


TABLES = {"a": {"x": {"n": 1, "by": {"p": "P", "else": "E"}}}, "b": {"p": {}, "q": {}}}


@pytest.mark.parametrize(
    ("text", "choice", "filled"),
    [
        ("${a.n}", {"a": "x"}, 1),
        ("n=${a.n}", {"a": "x"}, "n=1"),
        ("${a}", {"a": "x"}, "x"),
        ("${a.by[b]}", {"a": "x", "b": "p"}, "P"),
        ("${a.by[b]}", {"a": "x", "b": "q"}, "E"),
        (["${a.n}", {"k": "${a}", "${a}": 2}], {"a": "x"}, [1, {"k": "x", "x": 2}]),
    ],
)
def test_a_reference_becomes_its_value(text, choice, filled):
    assert fill(text, choice, TABLES) == filled


@pytest.mark.parametrize("text", ["${c}", "${a.m}", "${a.n.o}", "${a.n[b]}", "${a.by[c]}"])
def test_a_reference_to_nothing_is_refused(text):
    with pytest.raises(UnknownReferenceError):
        fill(text, {"a": "x", "b": "p"}, TABLES)


def test_references_in_a_circle_are_refused():
    with pytest.raises(UnknownReferenceError, match="circle"):
        fill("${a.n}", {"a": "x"}, {"a": {"x": {"n": "${a.n}"}}})


def test_exclude_rules_permutations_out():
    axes = axes_of({"a": {"x": {}, "y": {}}, "b": ["p", "q"]}, TABLES)
    chosen = list(permutations(axes, [{"a": "x", "b": ["q"]}]))
    assert chosen == [{"a": "x", "b": "p"}, {"a": "y", "b": "p"}, {"a": "y", "b": "q"}]


def names(*patterns, profile="ci"):
    return [case.name for case in select(bundled(), patterns, profile)]


def test_a_plain_pattern_selects_a_scenario_and_all_below_it():
    assert {name.partition("[")[0] for name in names("stream.text")} == {
        "stream.text",
        "stream.text.unicode",
        "stream.text.as-it-comes",
    }


def test_a_pattern_with_brackets_selects_permutations():
    assert names("stream.text[dialect=openai,chunking=b*]") == [
        "stream.text[dialect=openai,chunking=bytes]"
    ]
    assert set(names("stream.text[*openai*]")) < set(names("stream.text[*]"))


def test_an_unknown_scenario_is_told_with_its_neighbours():
    with pytest.raises(UsageError, match=r"(?s)'stream.txt'.*near: stream.text"):
        names("stream.txt")


def test_a_pattern_that_fits_nothing_selects_nothing():
    with pytest.raises(NothingSelectedError):
        names("stream.*.nothing*")
    with pytest.raises(UsageError, match="unknown profile"):
        names(profile="night")


def test_the_bundled_suite_is_sound():
    suite = bundled()
    cases = [case for scenario in suite.scenarios for case in scenario.cases]
    assert len(suite.scenarios) >= 40
    assert len({case.name for case in cases}) == len(cases)
    cited = {clause for case in cases for clause in case.clauses}
    assert cited == set(suite.clauses)
    assert json.loads(json.dumps(cases[0].to_json())) == cases[0].to_json() | {
        key: list(getattr(cases[0], key)) for key in ("clauses", "needs", "calls", "server")
    }
