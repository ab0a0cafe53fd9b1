import pytest

from ailib.errors import ValidationError
from ailib.text_tools import parse, parse_hybrid, prompt
from ailib.types import ToolCall, ToolDefinition


def found(text, **options):
    result = parse(text, **options)
    return [(call.name, call.arguments) for call in result.calls], result.remaining_text


CALL = '<tool_call>{"name": "f", "arguments": {"x": 1}}</tool_call>'


def test_several_calls_have_ids_of_their_own_and_leave_the_text():
    result = parse(f"Now:\n{CALL}\nand\n{CALL}")
    assert [call.id for call in result.calls] == ["text_tool_0", "text_tool_1"]
    assert result.remaining_text == "Now:\n\nand"


@pytest.mark.parametrize(
    "text",
    [
        "no call at all\n",
        '<tool_call>{"name": "f", "arguments": </tool_call>',
        '<tool_call>["f"]</tool_call>',
        '<tool_call>{"arguments": {}}</tool_call>',
        "<tool_call>never closed",
    ],
)
@pytest.mark.parametrize("lenient", [False, True])
def test_what_cannot_be_read_stays_in_the_text(text, lenient):
    assert found(text, lenient=lenient) == ([], text)


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ('<function name="f">{"x": 1}</function>', ("f", {"x": 1})),
        ("<bash>ls -la</bash>", ("shell", {"command": "ls -la"})),
        (
            '<invoke name="f"><parameter name="x">1</parameter>'
            '<parameter name="y" string="true">1</parameter></invoke>',
            ("f", {"x": 1, "y": "1"}),
        ),
        ('<tool_call>{"name": "f", "x": 1}</tool_call>', ("f", {"x": 1})),
    ],
)
def test_other_forms_are_read_leniently_only(text, call):
    assert found(text, lenient=True) == ([call], "")
    assert call not in found(text)[0]


def test_native_calls_leave_the_text_alone():
    native = [ToolCall("a", "f", "{}")]
    result = parse_hybrid(CALL, native, lenient=True)
    assert (list(result.calls), result.remaining_text) == (native, CALL)


def test_the_prompt_asks_for_what_is_read():
    tools = [ToolDefinition("f", "Does it.")]
    texts = {level: prompt(tools, level=level) for level in ("L1", "L2", "L3")}
    assert all("- f: Does it." in text for text in texts.values())
    assert "IGNORED" not in texts["L1"]
    assert "IGNORED" in texts["L2"]
    assert [c.name for c in parse(texts["L3"]).calls] == ["f"]


def test_an_unknown_level_is_refused():
    with pytest.raises(ValidationError, match="L9"):
        prompt([], level="L9")
