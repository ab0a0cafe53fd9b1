"""An adapter whose client lives in another environment: a worker process plays its cases."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from conformance.errors import HarnessError
from conformance.model import Case, Transcript
from conformance.worker.adapter import AdapterInfo
from conformance.worker.protocol import VERSION, checked

PACKAGES = Path(__file__).resolve().parents[2]


class Elsewhere:
    """A worker in the environment of ``python``. Use it as a context manager; `play` plays."""

    def __init__(self, adapter: str, python: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(PACKAGES)}
        try:
            self._process = subprocess.Popen(
                [python, "-m", "conformance.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment,
            )
        except OSError as error:
            raise HarnessError(f"{python} cannot be started: {error.strerror}") from error
        try:
            ready = self._ask({"say": "hello", "protocol": VERSION, "adapter": adapter})
        except HarnessError:
            self._close()
            raise
        if ready["say"] != "ready":
            self._close()
            raise HarnessError(f"the worker of {adapter} did not start: {ready.get('reason')}")
        self.info = AdapterInfo(
            ready["client"],
            ready["version"],
            frozenset(ready["capabilities"]),
            ready["errors"],
            None if ready["speaks"] is None else frozenset(ready["speaks"]),
            None if ready["says"] is None else frozenset(ready["says"]),
        )
        self._seq = 0

    def play(self, case: Case) -> Transcript:
        """The transcript of a case. A worker that dies is trouble, not a verdict."""
        self._seq += 1
        answer = self._ask({"say": "play", "seq": self._seq, "case": case.to_json()})
        if answer["say"] != "done" or answer["seq"] != self._seq:
            raise HarnessError(f"the worker answered {answer['say']} to case {case.name}")
        return Transcript.from_json(answer["transcript"])

    def _ask(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            print(json.dumps(checked(message)), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise HarnessError(f"the worker ended with code {self._process.wait()}")
        answer: Mapping[str, Any] = checked(json.loads(line))
        return answer

    def __enter__(self) -> Elsewhere:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        """Ends the worker: the end of its input tells it to."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
