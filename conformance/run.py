"""One engine for the command line, the pytest plugin and the self-check: play, then judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from conformance.judge import verdict
from conformance.model import Case, Result, Transcript
from conformance.worker import Adapter, AdapterInfo, Elsewhere, find, play

BATCH = 8
"""Cases a process takes at once: enough to make handing over cheap, few enough to share."""


def run_case(case: Case, adapter: Adapter) -> Result:
    """Plays a case without telling what is expected, and judges the transcript."""
    return judged(case, adapter.INFO, lambda blind: play(blind, adapter))


def run_elsewhere(case: Case, worker: Elsewhere) -> Result:
    """As `run_case`, with a client in another environment."""
    return judged(case, worker.info, worker.play)


def judged(case: Case, info: AdapterInfo, player: Callable[[Case], Transcript]) -> Result:
    """The result of a case: not applicable, or the verdict on what ``player`` saw."""
    client = f"{info.client} {info.version}".strip()
    missing = _missing(case, info)
    if missing:
        reason = f"the client does not claim {', '.join(missing)}"
        return Result(case, client, "not_applicable", reason=reason)
    return verdict(case.within(info.says), player(case.blind()))


def _missing(case: Case, info: AdapterInfo) -> list[str]:
    missing = [need for need in case.needs if need not in info.capabilities]
    if info.says is not None and case.scope != "universal":
        missing.append(f"what only {case.scope} has")
    if info.speaks is not None:
        dialects = [case.axes.get("dialect")] if "dialect" in case.axes else case.providers
        missing += [str(name) for name in dialects if name not in info.speaks]
    return missing


def run_cases(
    cases: Sequence[Case],
    client: str,
    *,
    jobs: int = 1,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Result]:
    """The results of all cases, in their order, by so many processes."""
    results: list[Result] = []
    for part in _parts(cases, client, jobs):
        results.extend(part)
        progress(len(results))
    return results


def _parts(cases: Sequence[Case], client: str, jobs: int) -> Iterator[list[Result]]:
    if jobs == 1:
        adapter = find(client)
        for case in cases:
            yield [run_case(case, adapter)]
        return
    batches = [cases[start : start + BATCH] for start in range(0, len(cases), BATCH)]
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(_batch, batches, [client] * len(batches))


def _batch(cases: Iterable[Case], client: str) -> list[Result]:
    adapter = find(client)
    return [run_case(case, adapter) for case in cases]
