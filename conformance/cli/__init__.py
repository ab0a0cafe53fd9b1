"""The command line: options in, one command, an exit code out. No logic of its own."""

from conformance.cli.main import main

__all__ = ["main"]
