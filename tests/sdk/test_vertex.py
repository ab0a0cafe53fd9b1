"""Vertex AI with google-genai and anthropic: Gemini and Claude under Google's paths."""

from __future__ import annotations

import pytest

genai = pytest.importorskip("google.genai")
types = pytest.importorskip("google.genai.types")
credentials = pytest.importorskip("google.oauth2.credentials")
anthropic = pytest.importorskip("anthropic")

STORY = [{"role": "user", "content": "Tell me a story"}]


@pytest.fixture(scope="module")
def gemini(mocks):
    with genai.Client(
        vertexai=True,
        project="mock",
        location="us-central1",
        credentials=credentials.Credentials("ya29.mock"),
        http_options=types.HttpOptions(base_url=mocks.url("vertex")),
    ) as made:
        yield made


def test_gemini(gemini):
    model = "gemini-2.5-flash"
    answer = gemini.models.generate_content(model=model, contents="hi")
    chunks = list(gemini.models.generate_content_stream(model=model, contents="hi"))
    assert answer.text
    assert answer.usage_metadata.traffic_type == "ON_DEMAND"
    assert "".join(chunk.text or "" for chunk in chunks)
    assert chunks[0].usage_metadata.total_token_count is None
    assert chunks[-1].usage_metadata.total_token_count > 0
    assert gemini.models.count_tokens(model=model, contents="hi").total_tokens > 0


def test_embeddings(gemini):
    made = gemini.models.embed_content(model="text-embedding-005", contents=["a", "b"])
    assert [len(one.values) for one in made.embeddings] == [768, 768]


def test_claude(mocks):
    with anthropic.AnthropicVertex(
        base_url=f"{mocks.url('vertex')}/v1",
        project_id="mock",
        region="us-east5",
        access_token="ya29.mock",
        max_retries=0,
    ) as client:
        model = "claude-haiku-4-5@20251001"
        answer = client.messages.create(model=model, max_tokens=99, messages=STORY)
        with client.messages.stream(model=model, max_tokens=99, messages=STORY) as stream:
            text = "".join(stream.text_stream)
    assert answer.content[0].text
    assert answer.id.startswith("msg_vrtx_")
    assert len(text) > 20
