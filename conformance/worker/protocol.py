"""The lines between a run and a worker in another environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from conformance.errors import HarnessError

VERSION = 1
Message = TypeVar("Message", bound=Mapping[str, Any])


@cache
def _validator() -> Draft202012Validator:
    text = files("conformance.schemas").joinpath("protocol.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def checked(message: Message) -> Message:
    """The message, if it is one of the protocol. Raises `HarnessError`."""
    # As the other side will read it: tuples are arrays there.
    error = best_match(_validator().iter_errors(json.loads(json.dumps(message))))
    if error is not None:
        at = "/".join(str(part) for part in error.path)
        raise HarnessError(f"not a message of the worker protocol: {at}: {error.message[:200]}")
    return message
