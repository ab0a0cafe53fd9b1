"""All faults by name: what the grammar knows, the sender applies and the documentation lists."""

from __future__ import annotations

from collections.abc import Mapping

from mock_providers.faults import ends, errors, http, sequence, timing
from mock_providers.faults.spec import Spec

_SPECS = (*errors.FAULTS, *ends.FAULTS, *timing.FAULTS, *sequence.FAULTS, *http.FAULTS)

CATALOGUE: Mapping[str, Spec] = {spec.name: spec for spec in _SPECS}
