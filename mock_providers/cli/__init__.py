"""``mock-providers``: one module a command."""

from mock_providers.cli.main import run

__all__ = ["run"]
