"""What to tell a model so that it writes tool calls the way `ailib.text_tools.parse` reads them.

Level L1 states the form, L2 adds what is not read, L3 an example. Source of the levels and of
what they must contain: AI-Protocol compliance suite 10.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ailib.errors import ValidationError
from ailib.types import ToolDefinition

LEVELS: Final = ("L1", "L2", "L3")
FORM: Final = '<tool_call>\n{"name": "…", "arguments": {…}}\n</tool_call>'

_TEXT: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "tools": "You may call these tools:",
        "form": "To call one, write exactly this, one block a call, valid JSON inside:",
        "wrong": (
            "Anything else WILL BE IGNORED: <shell>…</shell>, <bash>…</bash>, <invoke …>, "
            "code fences, attributes on the tag."
        ),
        "example": "For example:",
    },
    "zh": {
        "tools": "可以调用以下工具:",
        "form": "调用时请严格按此格式书写, 每次调用一个块, 块内为合法 JSON:",
        "wrong": (
            "其他写法一律无效 (WILL BE IGNORED): <shell>…</shell>、<bash>…</bash>、"
            "<invoke …>、代码围栏、标签属性。"
        ),
        "example": "例如:",
    },
}


def prompt(
    tools: Sequence[ToolDefinition | Mapping[str, Any]], *, level: str = "L2", locale: str = "en"
) -> str:
    """Instructions that list ``tools``. Raises `ValidationError` for a level or locale it does
    not know."""
    if level not in LEVELS or locale not in _TEXT:
        raise ValidationError(
            f"no tool prompt of level {level!r} in {locale!r}",
            hint=f"levels {', '.join(LEVELS)}; locales {', '.join(_TEXT)}",
        )
    words = _TEXT[locale]
    offered = [ToolDefinition.coerce(tool) for tool in tools]
    lines = [words["tools"], *(f"- {tool.name}: {tool.description}" for tool in offered)]
    lines += ["", words["form"], FORM]
    if level != "L1":
        lines += ["", words["wrong"]]
    if level == "L3" and offered:
        call = json.dumps({"name": offered[0].name, "arguments": {}}, ensure_ascii=False)
        lines += ["", words["example"], f"<tool_call>\n{call}\n</tool_call>"]
    return "\n".join(lines)
