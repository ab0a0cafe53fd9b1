"""``compatibility.json``: the summary itself, for programs. Schema: ``schemas/report.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def render(summary: Mapping[str, Any]) -> str:
    """The file's text."""
    return json.dumps(summary, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
