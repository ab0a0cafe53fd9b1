"""What ``import ailib`` costs and gives."""

import subprocess
import sys

import pytest

import ailib

COUNT = """
import sys
before = set(sys.modules)
import ailib
print(*sorted(name for name in set(sys.modules) - before if name.startswith(("ailib", "httpx"))))
{use}
print(*sorted(n for n in ("httpx", "httpx2", "aiohttp", "jsonschema", "msgspec")
              if n in sys.modules))
"""


def modules_after(use):
    done = subprocess.run(
        [sys.executable, "-c", COUNT.format(use=use)], capture_output=True, text=True, check=True
    )
    return done.stdout.split("\n")[:2]


def test_nothing_is_imported_before_it_is_needed():
    bare, libraries = modules_after("ailib.AiClient.builder().model('openai/gpt-4o')")
    assert bare == "ailib ailib.version"
    assert libraries == ""


@pytest.mark.parametrize("name", ailib.__all__)
def test_every_public_name_is_there_and_stays_the_same(name):
    assert getattr(ailib, name) is getattr(ailib, name)
    assert name in dir(ailib)


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'ailib' has no attribute 'AiKlient'"):
        ailib.AiKlient  # noqa: B018
