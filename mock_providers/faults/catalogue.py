"""All faults by name: what the grammar knows, the sender applies and the documentation lists."""

from __future__ import annotations

from collections.abc import Mapping

from mock_providers.faults import (
    content,
    encoding,
    ends,
    errors,
    framing,
    http,
    sequence,
    timing,
    toolcalls,
    turns,
)
from mock_providers.faults.spec import Spec

_MODULES = (
    errors,
    http,
    turns,
    content,
    toolcalls,
    sequence,
    framing,
    encoding,
    timing,
    ends,
)

CATALOGUE: Mapping[str, Spec] = {spec.name: spec for module in _MODULES for spec in module.FAULTS}
