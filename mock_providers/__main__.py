"""``mock-providers`` and ``python -m mock_providers``."""

from __future__ import annotations

import importlib.util
import sys

_NEEDED = ("uvicorn", "orjson", "yaml", "jsonschema", "starlette")
_INSTALL = "mock-providers needs an extra: pip install 'ailib[mock]'"


def main(argv: list[str] | None = None) -> int:
    """Runs the command line; returns the exit code (0 ok, 2 usage or invalid input)."""
    if any(importlib.util.find_spec(module) is None for module in _NEEDED):
        print(_INSTALL, file=sys.stderr)
        return 2
    from mock_providers.cli import run  # noqa: PLC0415 - only with the extra installed

    return run(sys.argv[1:] if argv is None else argv)


if __name__ == "__main__":
    sys.exit(main())
