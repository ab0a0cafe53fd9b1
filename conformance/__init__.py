"""Plays scenarios and cassettes against a client, judges what it does, writes reports."""

__all__: list[str] = []
