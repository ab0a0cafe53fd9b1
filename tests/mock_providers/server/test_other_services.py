"""Services that do not chat: Jina's embeddings and rerank, Stability's pictures."""

import base64

import httpx
import pytest

from mock_providers import MockServer

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def server():
    with MockServer(providers=["jina", "stability"]) as running:
        yield running


def test_jina_ranks_documents_and_hands_them_back(server):
    asked = {
        "model": "jina-reranker-v2-base-multilingual",
        "query": "capital of France",
        "documents": ["Cats purr.", "Paris is the capital of France."],
        "top_n": 1,
    }
    answer = httpx.post(
        f"{server.url('jina')}/rerank", json=asked, headers={"authorization": "Bearer jina_mock1"}
    ).json()
    [best] = answer["results"]
    assert best["index"] == 1
    assert best["document"] == {"text": "Paris is the capital of France."}
    assert 0 < best["relevance_score"] <= 1
    assert answer["usage"]["total_tokens"] > 0


def test_jina_embeds_in_the_model_s_own_length(server):
    asked = {"model": "jina-embeddings-v3", "input": ["one", "two"]}
    answer = httpx.post(
        f"{server.url('jina')}/embeddings", json=asked, headers={"authorization": "Bearer jina_m1"}
    ).json()
    assert [len(row["embedding"]) for row in answer["data"]] == [1024, 1024]


@pytest.mark.parametrize("accept", ["image/*", "application/json"])
def test_stability_paints_as_bytes_or_in_json(server, accept):
    answer = httpx.post(
        f"{server.url('stability')}/v2beta/stable-image/generate/core",
        files={"prompt": (None, "a lighthouse"), "aspect_ratio": (None, "16:9")},
        headers={"authorization": "Bearer sk-mock1", "accept": accept},
    )
    assert answer.status_code == 200
    if accept == "application/json":
        assert answer.json()["finish_reason"] == "SUCCESS"
        picture = base64.b64decode(answer.json()["image"])
    else:
        picture = answer.content
    assert picture.startswith(PNG)


def test_stability_refuses_a_missing_key_in_its_own_form(server):
    answer = httpx.post(f"{server.url('stability')}/v2beta/stable-image/generate/core")
    assert answer.status_code == 401
    assert answer.json()["name"] == "unauthorized"
