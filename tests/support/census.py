"""The census of recorded traffic: paths, presence and types of each API family."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from tests.support.shared import shared


@cache
def census(family: str) -> dict[str, Any]:
    """Paths by kind of object: ``body``, ``stream:chunk``, ``stream:message_start`` …"""
    path = shared("reference", "census", f"{family}.json")
    return {kind: group["paths"] for kind, group in json.loads(path.read_text())["paths"].items()}
