"""A dialect answers whatever it is asked: refusing is the validator's business."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_providers.answer import generate
from mock_providers.dialects import DIALECTS, Context, Inbound

KEYS = st.sampled_from(
    [
        "model", "messages", "role", "content", "type", "text", "tools", "function", "name",
        "parameters", "tool_choice", "stream", "n", "stop", "max_tokens", "response_format",
        "json_schema", "schema", "input", "reasoning", "effort", "summary", "contents", "parts",
        "generationConfig", "thinkingConfig", "includeThoughts", "toolConfig", "system", "include",
        "functionDeclarations", "input_schema", "thinking", "tool_calls", "logprobs", "seed",
        "top_logprobs", "dimensions", "format", "stream_options", "service_tier", "requests",
        "functionResponse", "inlineData", "metadata", "instructions", "texts", "documents", "query",
        "inferenceConfig", "toolSpec", "inputSchema", "json", "prompt", "messages", "options",
    ]
)  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["user", "function", "json_schema", "auto", "any", "enabled", "text"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize("name", DIALECTS)
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(body=VALUES, seed=st.integers(0, 1000))
def test_any_json_is_answered(name, body, seed):
    dialect = DIALECTS[name]
    operation = "models" if name.endswith("models") else "chat"
    context = Context(Random(seed), 1.8e9, "provider", models=[{"id": "m"}])
    inbound = Inbound("POST", "/v1/models/m:streamGenerateContent", json=body)
    asked = dialect.ask(inbound, operation)
    turn = generate(asked, Random(seed))
    assert isinstance(dialect.encode(dialect.body(turn, asked, context)), bytes)
    if asked.stream:
        assert b"".join(map(dialect.frame, dialect.events(turn, asked, context)))
