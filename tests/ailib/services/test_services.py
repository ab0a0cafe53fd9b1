import asyncio
import json

import pytest

from ailib import AiClient
from ailib.embeddings import EmbeddingClient, cosine_similarity
from ailib.errors import (
    CapabilityError,
    FrameTooLargeError,
    MalformedResponseError,
    RemoteError,
    RequestTimeoutError,
    ValidationError,
)
from ailib.rerank import RerankerClient, RerankOptions
from ailib.resilience import ResilientConfig
from ailib.transport import Timeouts
from mock_providers import MockServer
from tests.support.openai_wire import error
from tests.support.wire_server import wire_server

KEY = "sk-planted-1234567890"
MODELS = {
    "openai": "text-embedding-3-small",
    "gemini": "gemini-embedding-001",
    "cohere": "embed-v4.0",
    "mistral": "mistral-embed",
    "ollama": "nomic-embed-text",
}


def answering(*bodies):
    left = list(bodies)

    async def answer(request, line):
        await line.whole(json.dumps(left.pop(0)).encode())

    return answer


def options(server, **more):
    return {
        "api_key": KEY,
        "base_url": server.url,
        "resilience": ResilientConfig(max_retries=0),
        **more,
    }


@pytest.mark.parametrize("provider", MODELS)
@pytest.mark.parametrize("transport", ["httpx", "aiohttp"])
async def test_embeddings_of_the_mocks_are_near_for_near_texts(provider, transport):
    async with (
        MockServer() as mocks,
        await EmbeddingClient.create(
            f"{provider}/{MODELS[provider]}",
            api_key=KEY,
            base_url=mocks.url(provider),
            transport=transport,
        ) as client,
    ):
        found = await client.embed(["the old mill", "the old mill stands", "quarterly report"])
        assert [e.index for e in found] == [0, 1, 2]
        assert found.usage.prompt_tokens > 0
        near, far = (cosine_similarity(found.first.vector, v) for v in found.vectors[1:])
        assert near > 0.5 > far
        assert (await client.embed("the old mill")).vectors == [found.first.vector]


async def test_the_length_of_vectors_can_be_chosen():
    async with (
        MockServer() as mocks,
        EmbeddingClient(
            "openai/text-embedding-3-small",
            dimensions=8,
            api_key=KEY,
            base_url=mocks.url("openai"),
        ) as client,
    ):
        assert len((await client.embed("x")).first.vector) == 8


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("openai/m", {"model": "m", "input": ["x"], "dimensions": 8, "encoding_format": "float"}),
        (
            "mistral/m",
            {"model": "m", "input": ["x"], "output_dimension": 8, "encoding_format": "float"},
        ),
        ("ollama/m", {"model": "m", "input": ["x"], "dimensions": 8}),
        (
            "cohere/m",
            {
                "model": "m",
                "texts": ["x"],
                "input_type": "search_document",
                "embedding_types": ["float"],
                "output_dimension": 8,
            },
        ),
        (
            "gemini/m",
            {
                "requests": [
                    {
                        "model": "models/m",
                        "content": {"parts": [{"text": "x"}]},
                        "outputDimensionality": 8,
                    }
                ]
            },
        ),
    ],
)
async def test_each_dialect_has_its_own_request(model, sent):
    async with wire_server(answering({})) as server:
        client = await AiClient.create(model, **options(server))
        with pytest.raises(MalformedResponseError):
            await client.embed("x", dimensions=8)
        await client.close()
    assert json.loads(server.requests[0].body) == sent


async def test_many_texts_go_in_several_requests_and_keep_their_places():
    def part(*indices):
        return {
            "data": [{"index": i, "embedding": [float(i)]} for i in indices],
            "model": "m",
            "usage": {"prompt_tokens": len(indices), "total_tokens": len(indices)},
        }

    # The second answer is out of order.
    async with wire_server(answering(part(0, 1), part(1, 0), part(0))) as server:
        client = await AiClient.create("openai/e", **options(server))
        found = await client.embed(["a", "b", "c", "d", "e"], batch_size=2)
        await client.close()
    assert [(e.index, e.vector) for e in found] == [
        (0, [0.0]),
        (1, [1.0]),
        (2, [0.0]),
        (3, [1.0]),
        (4, [0.0]),
    ]
    assert (found.usage.prompt_tokens, found.usage.total_tokens, found.model) == (5, 5, "m")
    assert [json.loads(r.body)["input"] for r in server.requests] == [
        ["a", "b"],
        ["c", "d"],
        ["e"],
    ]
    assert server.requests[0].header("authorization") == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"data": [{"index": 0, "embedding": [1.0]}]}, "1 embeddings for 2 texts"),
        ({"data": [{"index": 0, "embedding": None}, {"index": 1}]}, "no vector"),
        ({"error_free": True}, "no list"),
    ],
)
async def test_an_answer_that_is_not_whole_is_refused(answer, words):
    async with wire_server(answering(answer)) as server:
        client = await AiClient.create("openai/e", **options(server))
        with pytest.raises(MalformedResponseError, match=words) as caught:
            await client.embed(["a", "b"])
        await client.close()
    assert caught.value.standard_code == "E3001"


async def test_an_error_answer_is_classified_and_shows_no_key():
    async def refuse(request, line):
        await line.whole(error(f"bad key {KEY}", code="invalid_api_key"), "401 No")

    async with wire_server(refuse) as server:
        client = await AiClient.create("openai/e", **options(server))
        for call in (client.embed("x"), client.list_remote_models()):
            with pytest.raises(RemoteError) as caught:
                await call
            assert (caught.value.standard_code, caught.value.provider) == ("E1002", "openai")
            assert KEY not in f"{caught.value} {vars(caught.value)}"
        await client.close()


async def test_every_service_keeps_the_timeouts_and_the_limit_of_size(monkeypatch):
    async def slow(request, line):
        await line.head("application/json")
        while request.path == "/models":
            await line.chunk(b" " * 1000)
        await line.until_client_closes()

    async with wire_server(slow) as server:
        timeouts = Timeouts(first_event=0.05)
        client = await AiClient.create("siliconflow/m", **options(server, timeouts=timeouts))
        for call in (client.embed("x"), client.rerank("q", ["d"])):
            with pytest.raises(RequestTimeoutError) as caught:
                await call
            assert caught.value.phase == "first_event"
        await client.close()
        monkeypatch.setattr("ailib.client.plain.MAX_BODY", 100_000)
        client = await AiClient.create("siliconflow/m", **options(server))
        with pytest.raises(FrameTooLargeError):
            await client.list_remote_models()
        await asyncio.wait_for(server.until_open(0), 5)
        await client.close()


async def test_documents_come_back_by_relevance():
    ranked = {
        "model": "r",
        "results": [
            {"index": 1, "relevance_score": 0.2},
            {"index": 0, "relevance_score": 0.9},
        ],
        "usage": {"total_tokens": 12},
    }
    async with wire_server(answering(ranked)) as server:
        client = RerankerClient("siliconflow/r", **options(server))
        found = await client.rerank("q", ["near", "far", "none"], RerankOptions(top_n=2))
        await client.close()
    assert [(r.index, r.relevance_score, r.document) for r in found] == [
        (0, 0.9, "near"),
        (1, 0.2, "far"),
    ]
    assert found.usage.total_tokens == 12
    assert json.loads(server.requests[0].body) == {
        "model": "r",
        "query": "q",
        "documents": ["near", "far", "none"],
        "top_n": 2,
    }


async def test_the_mocks_rank_the_document_that_shares_words_first():
    async with (
        MockServer() as mocks,
        RerankerClient("cohere/rerank-v3.5", api_key=KEY, base_url=mocks.url("cohere")) as client,
    ):
        documents = ["quarterly report", "the old mill turns", "a mill"]
        found = await client.rerank("old mill", documents, RerankOptions(top_n=2))
    assert len(found) == 2
    assert found[0].document == documents[found[0].index]
    assert found[0].relevance_score >= found[1].relevance_score


async def test_a_result_for_a_document_that_was_not_sent_is_refused():
    async with wire_server(answering({"results": [{"index": 7, "relevance_score": 1}]})) as server:
        client = await AiClient.create("siliconflow/r", **options(server))
        with pytest.raises(MalformedResponseError, match="document 7 of 1"):
            await client.rerank("q", ["a"])
        await client.close()


@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini", "cohere"])
async def test_the_provider_lists_its_models_under_the_names_requests_take(provider):
    async with MockServer() as mocks:
        client = await AiClient.create(f"{provider}/any", api_key=KEY, base_url=mocks.url(provider))
        found = await client.list_remote_models()
        await client.close()
    assert len(found) > 2
    assert all("/" not in model.name and model.raw for model in found)


async def test_a_long_list_is_read_page_by_page():
    pages = [
        {"models": [{"name": "models/a"}], "nextPageToken": "t 1"},
        {"models": [{"name": "models/b"}]},
    ]
    async with wire_server(answering(*pages)) as server:
        client = await AiClient.create("gemini/any", **options(server))
        assert [model.name for model in await client.list_remote_models()] == ["a", "b"]
        await client.close()
    assert [r.path for r in server.requests] == [
        "/v1beta/models",
        "/v1beta/models?pageToken=t+1",
    ]


async def test_what_a_provider_does_not_declare_is_refused_before_the_network():
    async with wire_server(answering()) as server:
        client = await AiClient.create("anthropic/c", **options(server))
        with pytest.raises(CapabilityError, match="embeddings"):
            await client.embed("x")
        with pytest.raises(CapabilityError, match="rerank"):
            await client.rerank("q", ["d"])
        await client.close()
    assert server.requests == []


@pytest.mark.parametrize("texts", [[], [1]])
async def test_nothing_to_embed_is_an_error(texts):
    client = await AiClient.create("openai/e", api_key=KEY)
    with pytest.raises(ValidationError):
        await client.embed(texts)


def test_cosine_similarity():
    assert cosine_similarity([1.0, 0.0], [2.0, 0.0]) == 1.0
    assert cosine_similarity([1.0, 0.0], [0.0, 3.0]) == 0.0
    assert cosine_similarity([0.0, 0.0], [1.0, 1.0]) == 0.0
    with pytest.raises(ValidationError, match="2 and 1"):
        cosine_similarity([1.0, 0.0], [1.0])
