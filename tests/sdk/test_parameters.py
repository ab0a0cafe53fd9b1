"""What an SDK can send is not refused as unknown where a profile names all fields."""

import inspect
import re

import pytest

from mock_providers.profiles.load import raw_profile


def fields(name, operation="chat"):
    return set(raw_profile(name)["requests"][operation]["properties"])


@pytest.mark.sdk
def test_every_parameter_of_anthropics_messages_is_known():
    types = pytest.importorskip("anthropic.types.message_create_params")
    beta = pytest.importorskip("anthropic.types.beta.message_create_params")
    in_headers = {"betas", "workspace_id"}
    sent = {
        name
        for module in (types, beta)
        for kind, value in vars(module).items()
        if kind.startswith("MessageCreateParams") and inspect.isclass(value)
        for name in value.__annotations__
    }
    assert len(sent) > 20
    assert sent - in_headers <= fields("anthropic")


@pytest.mark.sdk
def test_every_field_of_geminis_generate_content_is_known():
    models = pytest.importorskip("google.genai.models")
    source = inspect.getsource(models._GenerateContentConfig_to_mldev)
    sent = set(re.findall(r"setv\(\s*parent_object,\s*\['(\w+)'\]", source))
    assert len(sent) > 5
    assert sent <= fields("gemini")
