"""The material outside the repository: recorded traffic, AI-Protocol files, reference pages.

A test that needs it calls `shared("traffic/dev.jsonl.gz")` and is skipped, with the reason, where
the folder is absent.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"


def shared(*parts: str) -> Path:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs {Path('../shared', *parts)}, which is not beside this checkout")
    return path
