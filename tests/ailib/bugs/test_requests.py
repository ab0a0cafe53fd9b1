"""What goes onto the wire, class of bug by class of bug."""

import json
import re

import pytest
import yaml

from ailib.errors import AiLibError
from ailib.manifest import load_provider
from ailib.mapping import compile_path
from ailib.types import (
    ChatRequest,
    DocumentBlock,
    ImageBlock,
    Message,
    MessageRole,
    RawBlock,
    TextBlock,
    ThinkingBlock,
    ToolDefinition,
    ToolUseBlock,
)
from tests.support.bug_index import REQUESTS

CASES = yaml.safe_load(REQUESTS.read_text("utf-8"))["cases"]
BLOCKS = {
    "text": TextBlock,
    "image": lambda fields: ImageBlock(**fields),
    "document": lambda fields: DocumentBlock(**fields),
    "thinking": lambda fields: ThinkingBlock(**fields),
    "tool_use": lambda fields: ToolUseBlock(**fields),
    "raw": RawBlock,
}


def name_of(case):
    ids = case["id"] if isinstance(case["id"], list) else [case["id"]]
    return f"{' '.join(ids)} {case.get('provider', 'openai')}: {case['says']}"


def message(row):
    extra = row.get("extra", {})
    role, content = next((k, v) for k, v in row.items() if k != "extra")
    if role == "tool":
        return Message.tool(content.pop("id"), content.pop("content"), **content)
    if isinstance(content, list):
        content = tuple(block(item) for item in content)
    return Message(MessageRole(role), content, extra)


def block(item):
    [(kind, value)] = item.items()
    return BLOCKS[kind](value)


def encoded(case):
    request = ChatRequest(
        model=case.get("model", "m"),
        messages=tuple(message(json.loads(json.dumps(row))) for row in case["messages"]),
        params=case.get("params", {}),
        tools=tuple(ToolDefinition.coerce(tool) for tool in case.get("tools", ())),
        response_format=case.get("response_format"),
        stream=case.get("stream", False),
        api=case.get("api"),
    )
    api = load_provider(case.get("provider", "openai")).api(request.api, request.model)
    key = case.get("credential", "test-key")
    return api.encode(request, base_url=case.get("base_url"), credential=key)


@pytest.mark.parametrize("case", [pytest.param(case, id=name_of(case)) for case in CASES])
def test_what_is_asked_for_goes_out_right(case):
    want = case["want"]
    if "error" in want:
        with pytest.raises(AiLibError) as caught:
            encoded(case)
        assert type(caught.value).__name__ == want["error"]
        return
    sent = encoded(case)
    body = json.loads(sent.body)

    def at(path):
        return compile_path(path)(body)

    assert {path: at(path) for path in want.get("body", {})} == want.get("body", {})
    assert [path for path in want.get("absent", ()) if at(path) is not None] == []
    for path, pattern in want.get("body_matches", {}).items():
        assert re.fullmatch(pattern, at(path)), at(path)
    for path, value in want.get("not", {}).items():
        assert at(path) != value
    if "same" in want:
        assert len({at(path) for path in want["same"]}) == 1
    if "url" in want:
        assert sent.url == want["url"]
    assert want.get("url_has", "") in sent.url
    headers = {name.lower(): value for name, value in sent.headers}
    assert {n: headers.get(n) for n in want.get("headers", {})} == want.get("headers", {})
