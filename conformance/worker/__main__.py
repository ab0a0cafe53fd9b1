"""``python -m conformance.worker``: plays cases for another process, in the environment of the
client under test.

JSON lines on stdin and stdout, each checked against ``schemas/protocol.json`` on both sides:
``hello`` → ``ready``, then ``play`` → ``done`` for each case, ``bye``. What the client prints goes
to stderr, so that it cannot be taken for an answer.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping
from typing import Any

from conformance.errors import ConformanceError
from conformance.model import Case
from conformance.worker import Adapter, find, play
from conformance.worker.protocol import VERSION, checked


def main() -> int:
    """Answers until ``bye`` or the end of input; the exit code."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(message: Mapping[str, Any]) -> None:
        print(json.dumps(checked(message)), file=out, flush=True)

    adapter: Adapter | None = None
    for line in sys.stdin:
        message = checked(json.loads(line))
        match message["say"]:
            case "hello":
                try:
                    adapter = find(message["adapter"])
                except (ConformanceError, ImportError) as error:
                    say({"say": "failed", "reason": f"{type(error).__name__}: {error}"})
                    return 3
                say(_ready(adapter))
            case "play":
                assert adapter is not None, "play before hello"
                transcript = play(Case.from_json(message["case"]), adapter)
                say({"say": "done", "seq": message["seq"], "transcript": transcript.to_json()})
            case _:
                break
    return 0


def _ready(adapter: Adapter) -> dict[str, Any]:
    info = adapter.INFO
    return {
        "say": "ready",
        "protocol": VERSION,
        "client": info.client,
        "version": info.version,
        "python": platform.python_version(),
        "capabilities": sorted(info.capabilities),
        "errors": dict(info.errors),
        "speaks": None if info.speaks is None else sorted(info.speaks),
        "says": None if info.says is None else sorted(info.says),
    }


if __name__ == "__main__":
    sys.exit(main())
