"""``python -m conformance`` and the console script ``conformance``."""

import sys

NEEDS = {"jinja2", "junitparser", "tabulate", "starlette", "uvicorn"}


def main() -> int:
    """Runs the command; its exit code. Without the extra it prints how to install it."""
    try:
        from conformance.cli import main as run  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in NEEDS:
            raise
        print(f"conformance needs {error.name}: pip install 'ailib[conformance]'", file=sys.stderr)
        return 2
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
