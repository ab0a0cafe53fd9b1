"""``ailib``: one module a command."""

from ailib.cli.main import run

__all__ = ["run"]
