"""Tool calls in a model's text.

    <tool_call>{"name": "f", "arguments": {…}}</tool_call>      the one form that is asked for

Models write others; a lenient reading takes them too:

    <tool_call name="f">{…}</tool_call>                         name as attribute
    <tool_calls> … </tool_calls>                                a wrapper, removed
    {"name": "f", "parameters" | "params" | "args": {…}}        other words for arguments
    <function name="f">{…}</function>
    <shell><command>ls</command></shell>, <bash>ls</bash>       a tool of that name: shell
    <invoke name="f"><parameter name="x">1</parameter></invoke>
    the same with DeepSeek's ``DSML`` between full-width bars before each tag name

What cannot be read stays in the text. Source: AI-Protocol compliance suite 10.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ailib.types import ToolCall

ARGUMENT_WORDS: Final = ("arguments", "parameters", "params", "args")
SHELLS: Final = ("shell", "bash")

_STRICT = re.compile(r"<(tool_call)()>(.*?)</tool_call>", re.DOTALL)
_LENIENT = re.compile(r"<(tool_call|function|invoke|shell|bash)\b([^<>]*)>(.*?)</\1>", re.DOTALL)
_DSML = re.compile(r"<(/?)\s*[|\uff5c]{1,2}\s*DSML\s*[|\uff5c]{1,2}\s*")
_WRAPPER = re.compile(r"<(tool_calls|function_calls)>\s*</\1>")
_NAME = re.compile(r"""\bname\s*=\s*["']([^"']+)["']""")
_PARAMETER = re.compile(r"<parameter\b([^<>]*)>(.*?)</parameter>", re.DOTALL)
_COMMAND = re.compile(r"\s*<command>(.*?)</command>\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TextToolCalls:
    """The calls found, and the text without them."""

    calls: tuple[ToolCall, ...]
    remaining_text: str


def parse(text: str, *, lenient: bool = False) -> TextToolCalls:
    """The tool calls in ``text``; ``lenient`` takes the other forms too."""
    if lenient:
        text = _DSML.sub(r"<\1", text)
    calls: list[ToolCall] = []

    def take(found: re.Match[str]) -> str:
        read = _read(found[1], found[2], found[3], lenient=lenient)
        if read is None:
            return found[0]
        name, arguments = read
        raw = json.dumps(arguments, ensure_ascii=False)
        calls.append(ToolCall(f"text_tool_{len(calls)}", name, raw, len(calls)))
        return ""

    rest = (_LENIENT if lenient else _STRICT).sub(take, text)
    if not calls:
        return TextToolCalls((), text)
    rest = _WRAPPER.sub("", rest) if lenient else rest
    return TextToolCalls(tuple(calls), rest.strip())


def parse_hybrid(text: str, native: Sequence[ToolCall], *, lenient: bool = False) -> TextToolCalls:
    """``native`` calls where there are any, the text untouched; else those in the text."""
    return TextToolCalls(tuple(native), text) if native else parse(text, lenient=lenient)


def _read(
    tag: str, attributes: str, body: str, *, lenient: bool
) -> tuple[str, dict[str, Any]] | None:
    """Name and arguments of one block, ``None`` where it cannot be read."""
    if tag in SHELLS:
        command = _COMMAND.fullmatch(body)
        return SHELLS[0], {"command": command[1] if command else body.strip()}
    named = _NAME.search(attributes)
    name = named[1] if named else None
    if tag == "invoke":
        return (name, _parameters(body)) if name else None
    try:
        value = json.loads(body.strip() or "{}")
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    if name is None:
        name = value.pop("name", None)
    words = ARGUMENT_WORDS if lenient else ARGUMENT_WORDS[:1]
    arguments = next((value[word] for word in words if word in value), value if lenient else {})
    valid = isinstance(name, str) and isinstance(arguments, dict)
    return (name, arguments) if valid and name else None


def _parameters(body: str) -> dict[str, Any]:
    """``string="true"`` keeps a value as text; else it is JSON where it can be."""
    found: dict[str, Any] = {}
    for attributes, text in _PARAMETER.findall(body):
        name = _NAME.search(attributes)
        if name is not None:
            is_text = re.search(r"""\bstring\s*=\s*["']true["']""", attributes) is not None
            found[name[1]] = text if is_text else _value(text)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
