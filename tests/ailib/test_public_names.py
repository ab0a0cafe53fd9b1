import subprocess
import sys

import pytest

import ailib
from ailib import client, errors, resilience, types


def test_every_public_name_is_there_and_listed_once():
    assert len(set(ailib.__all__)) == len(ailib.__all__)
    assert set(ailib.__all__) <= set(dir(ailib))


def test_a_name_is_the_same_object_as_in_its_room():
    rooms = (client, errors, resilience, types)
    for name in set(ailib.__all__) - {"__version__"}:
        homes = [getattr(room, name) for room in rooms if name in room.__all__]
        assert homes == [getattr(ailib, name)]


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'AiClinet'"):
        ailib.AiClinet  # noqa: B018


def test_importing_the_package_touches_neither_network_nor_logging():
    code = """
import logging, socket, sys
before = list(logging.root.handlers), logging.root.level
def refuse(*args, **kwargs):
    raise AssertionError("network")
socket.socket.connect = socket.getaddrinfo = refuse
from ailib import AiClient, Message, ToolDefinition
import ailib.classic, ailib.sync, ailib.embeddings, ailib.rerank
assert (list(logging.root.handlers), logging.root.level) == before
heavy = {"httpx", "httpx2", "aiohttp", "httpcore", "keyring", "jsonschema"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
