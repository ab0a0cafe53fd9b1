"""What documents leave undefined, supplied against the mocks."""

import pytest

import ailib
from mock_providers import MockServer
from tests.support.shared import SHARED

PROVIDERS = ("openai", "anthropic", "deepseek", "gemini", "siliconflow")


@pytest.fixture
async def prelude(monkeypatch):
    """Names, keys and addresses; a working directory that has ``./ai-protocol`` where there is
    one."""
    if SHARED.exists():
        monkeypatch.chdir(SHARED)
    async with MockServer() as server:
        for name in PROVIDERS:
            monkeypatch.setenv(f"{name.upper()}_API_KEY", "sk-test-1234567890abcdef")
            monkeypatch.setenv(f"{name.upper()}_BASE_URL", server.url(name))
        client = await ailib.AiClient.create("openai/gpt-4o")
        yield {
            "AiClient": ailib.AiClient,
            "Message": ailib.Message,
            "client": client,
            "tool_definition": ailib.ToolDefinition(name="get_weather", description="Weather"),
            "should_cancel": True,
        }
        await client.close()
