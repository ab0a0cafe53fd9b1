"""The process's dice, made to fall the same way each time a case is played.

Clients draw backoff from the module ``random`` and ids from ``os.urandom`` (``uuid.uuid4``).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loaded(seed: str) -> Iterator[None]:
    """Seeds both until the block ends."""
    state, urandom = random.getstate(), os.urandom
    random.seed(seed)
    os.urandom = random.Random(seed).randbytes
    try:
        yield
    finally:
        os.urandom = urandom
        random.setstate(state)
