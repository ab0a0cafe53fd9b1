"""Recorded exchanges that are read otherwise than expected, by id, each with its reason."""

KNOWN: dict[str, str] = {}
