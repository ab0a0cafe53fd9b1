"""Plays one case: mocks and client in one loop, over real sockets; all that is seen is kept.

The worker knows no expectation. What fails in here or in the adapter is ``trouble``, which the
judge turns into ``error``: never a verdict on the client.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from conformance.model import CallRecord, Case, Transcript
from conformance.worker import dice, virtual
from conformance.worker.adapter import Adapter, Caller, Setup, Sink
from conformance.worker.clock import StageClock
from conformance.worker.mocks import keys_of, serving
from conformance.worker.redact import Redactor
from conformance.worker.tap import Recorder

EPOCH = 1_767_225_600.0
"""UTC at loop time 0: 2026-01-01T00:00:00Z."""

LONGEST = 7200.0
"""Virtual seconds after which a call counts as one that never returns."""

GRACE = 5.0
"""Virtual seconds the client gets after its last call to make requests it must not make, and to
let go of its sockets and tasks."""


def play(case: Case, adapter: Adapter) -> Transcript:
    """The transcript of a case. Virtual time where the platform has it."""
    redact = Redactor(keys_of(case).values())
    with dice.loaded(f"{case.name} {case.seed}"), _kept_log() as log:
        try:
            stage = _Stage(case, adapter)
            transcript = virtual.run(stage.run()) if virtual.AVAILABLE else asyncio.run(stage.run())
        except Exception as error:
            transcript = Transcript(
                case.name, adapter.INFO.client, trouble=_told(error), virtual=virtual.AVAILABLE
            )
    lines = tuple(dict.fromkeys((*transcript.log, *log)))
    redacted: Transcript = redact(Transcript(**{**_shallow(transcript), "log": lines}))
    return redacted


def _shallow(transcript: Transcript) -> dict[str, Any]:
    return {name: getattr(transcript, name) for name in Transcript.__dataclass_fields__}


class _Stage:
    """One case on stage."""

    def __init__(self, case: Case, adapter: Adapter) -> None:
        self._case = case
        self._adapter = adapter
        self._recorder = Recorder()
        self._sinks: list[Sink] = []
        self._trouble: str | None = None

    async def run(self) -> Transcript:
        """Plays the calls and waits for what comes after them."""
        before = set(asyncio.all_tasks())
        clock = StageClock(EPOCH)
        async with serving(self._case, self._recorder, clock) as mocks:
            setup = Setup(mocks.base_urls, mocks.keys, self._case.client, self._case.seed, clock)
            own = before | set(asyncio.all_tasks())
            left_open: list[str] = []
            try:
                async with self._adapter.session(setup) as caller:
                    await self._calls(caller)
            except Exception as error:
                self._trouble = _told(error)
            else:
                await asyncio.sleep(GRACE)
                left_open = [*mocks.still_open(), *_tasks(own | mocks.tasks)]
        return Transcript(
            case=self._case.name,
            client=self._adapter.INFO.client,
            calls=tuple(_record(sink) for sink in self._sinks),
            requests=tuple(self._recorder.requests),
            wire=tuple(self._recorder.wire),
            left_open=tuple(left_open),
            trouble=self._trouble or mocks.trouble,
            log=tuple(self._recorder.refusals),
            virtual=virtual.AVAILABLE,
        )

    async def _calls(self, caller: Caller) -> None:
        """Those with a time of their own beside each other, the others one after another."""
        beside: list[asyncio.Task[None]] = []
        try:
            for call in self._case.calls:
                sink = Sink()
                self._sinks.append(sink)
                if "at" in call:
                    beside.append(asyncio.create_task(self._timed(caller, call, sink)))
                else:
                    await self._call(caller, call, sink)
            await asyncio.gather(*beside)
        finally:
            for task in beside:
                task.cancel()

    async def _timed(self, caller: Caller, call: Mapping[str, Any], sink: Sink) -> None:
        await asyncio.sleep(max(0.0, call["at"] - asyncio.get_running_loop().time()))
        sink.started = Recorder.now()
        await self._call(caller, call, sink)

    async def _call(self, caller: Caller, call: Mapping[str, Any], sink: Sink) -> None:
        task = asyncio.ensure_future(caller(call, sink))
        cancel = call.get("cancel", {})
        killer: asyncio.TimerHandle | None = None
        if cancel.get("by") == "task":
            if "at" in cancel:
                killer = asyncio.get_running_loop().call_later(cancel["at"], task.cancel)
            else:
                sink.on_piece = _after(cancel["after_events"], task)
        try:
            async with asyncio.timeout(LONGEST):
                await asyncio.shield(task)
        except TimeoutError:
            task.cancel()
            await asyncio.wait([task])
            return
        except asyncio.CancelledError:
            if not task.cancelled() or cancel.get("by") != "task":
                task.cancel()
                raise
            sink.failed({"class": "CancelledError", "wrapped": True})
        finally:
            if killer is not None:
                killer.cancel()
        sink.done()


def _after(wanted: int, task: asyncio.Future[None]) -> Any:
    def on_piece(seen: int) -> None:
        if seen == wanted:
            task.cancel()

    return on_piece


def _record(sink: Sink) -> CallRecord:
    return CallRecord(
        sink.started, sink.ended, tuple(sink.events), sink.response, sink.error, sink.stats
    )


def _tasks(known: set[asyncio.Task[Any]]) -> Iterator[str]:
    for task in asyncio.all_tasks() - known:
        coroutine = task.get_coro()
        yield f"task {getattr(coroutine, '__qualname__', type(coroutine).__name__)}"


def _told(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].name})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"


@contextmanager
def _kept_log() -> Iterator[list[str]]:
    """What is logged, and warned of, while a case is played."""
    lines: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")

    keeper = Keeper(logging.WARNING)
    root = logging.getLogger()
    root.addHandler(keeper)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ResourceWarning)
            warnings.simplefilter("always", RuntimeWarning)
            yield lines
        lines.extend(f"{w.category.__name__}: {w.message}" for w in caught)
    finally:
        root.removeHandler(keeper)
