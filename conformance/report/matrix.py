"""``matrix.md``: behaviour by client. A cell counts cases passed of cases judged, on the
expectations the client has words for; a case that every client failed is marked suspect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tabulate import tabulate

from conformance.model import Result


def render(runs: Mapping[str, Sequence[Result]]) -> str:
    """The file's text: a table of all dialects, then one a dialect."""
    return "\n\n".join(_blocks(runs)) + "\n"


def _blocks(runs: Mapping[str, Sequence[Result]]) -> Iterator[str]:
    yield "# Clients beside each other"
    yield (
        "Measured by `conformance run` on each client and put together by `conformance matrix`. "
        "A cell is cases passed of cases judged. Every client is judged on the expectations its "
        "adapter has words for, and its exceptions are read through the adapter's own table "
        "(`conformance/adapters/`); an empty cell means that nothing of it applies."
    )
    yield _table(runs, lambda _: True)
    for dialect in sorted({d for results in runs.values() for d in map(_dialect, results) if d}):
        yield f"## {dialect}"
        yield _table(runs, lambda result, wanted=dialect: _dialect(result) == wanted)
    suspects = list(_suspects(runs))
    if suspects:
        yield "## Suspect"
        yield "Every client that was judged failed these; look at the transcripts first."
        yield "\n".join(f"- `{name}`" for name in suspects)


def _dialect(result: Result) -> str:
    return result.case.axes.get("dialect", "")


def _table(runs: Mapping[str, Sequence[Result]], fits: object) -> str:
    assert callable(fits)
    ids = sorted({r.case.id for results in runs.values() for r in results if fits(r)})
    rows = []
    for scenario in ids:
        cells = [
            _cell([r for r in results if r.case.id == scenario and fits(r)])
            for results in runs.values()
        ]
        if any(cells):
            rows.append([f"`{scenario}`", *cells])
    return tabulate(rows, ["behaviour", *runs], tablefmt="github", disable_numparse=True)


def _cell(results: Sequence[Result]) -> str:
    judged = [result for result in results if result.status in {"pass", "fail"}]
    if not judged:
        return ""
    return f"{sum(result.status == 'pass' for result in judged)}/{len(judged)}"


def _suspects(runs: Mapping[str, Sequence[Result]]) -> Iterator[str]:
    verdicts: dict[str, list[str]] = {}
    for results in runs.values():
        for result in results:
            if result.status in {"pass", "fail"}:
                verdicts.setdefault(result.case.name, []).append(result.status)
    for name, statuses in verdicts.items():
        if len(statuses) > 1 and set(statuses) == {"fail"}:
            yield name
