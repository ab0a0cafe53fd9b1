"""The mocks on a socket, and what every SDK is asked.

Each file drives one vendor's SDK as it is installed; where it is not, its tests skip. Keys are
well formed; models are ones the profile lists.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mock_providers import MockServer

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.sdk)
            item.add_marker(pytest.mark.filterwarnings("ignore"))  # the SDKs' own deprecations


@pytest.fixture(scope="session")
def mocks():
    with MockServer() as server:
        yield server


@pytest.fixture(scope="session")
def weather():
    """JSON Schema of the arguments of ``get_weather`` and ``get_news``."""
    return {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "required": ["city", "unit"],
        "additionalProperties": False,
    }


@pytest.fixture(scope="session")
def tools(weather):
    """Two tools in OpenAI's form, which most SDKs take."""
    return [
        {"type": "function", "function": {"name": name, "parameters": weather}}
        for name in ("get_weather", "get_news")
    ]


@pytest.fixture(scope="session")
def pixel():
    """A PNG of one pixel in base64."""
    return (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
        "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
