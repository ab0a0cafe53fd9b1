"""The pytest plugin: a server for each test, the vendors' SDKs pointed at it.

* Fixture ``mock_providers``: a running `MockServer` on a port of its own. The variables the SDKs
  read (``OPENAI_BASE_URL``, ``OPENAI_API_KEY`` …) point there while the test runs.
* ``@pytest.mark.mock_fault("429;retry_after=2", times=1, provider="openai")``: a fault, for all
  requests or for those that match (the conditions of fixtures by name).
* ``@pytest.mark.mock_fixtures("answers.yaml")``: fixture files, relative to the test's file.
* ``@pytest.mark.mock_server(strict=False, seed=7)``: options of `build_app`.

The report of a failing test shows what was asked of the server.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mock_providers.server import MockServer

_SHOWN = 50
_SERVER = pytest.StashKey["MockServer"]()
_OWN = frozenset({"times", "name"})


def pytest_configure(config: pytest.Config) -> None:
    """Makes the markers known."""
    for line in (
        "mock_fault(text, *, times=None, **match): a fault of the mock server for this test",
        "mock_fixtures(*paths): fixture files of the mock server for this test",
        "mock_server(**options): options of the mock server (see mock_providers.build_app)",
    ):
        config.addinivalue_line("markers", line)


@pytest.fixture
def mock_providers(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MockServer]:
    """A `MockServer` with all providers, for this test alone; the SDKs find it."""
    from mock_providers.server import MockServer  # noqa: PLC0415 - only tests that ask pay for it

    options: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("mock_server"))):
        options |= marker.kwargs
    paths = _fixture_files(request.node)
    with MockServer(fixtures=[*options.pop("fixtures", ()), *paths], **options) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        for marker in request.node.iter_markers("mock_fault"):
            server.add(_fault(marker))
        request.node.stash[_SERVER] = server
        yield server


def _fixture_files(node: pytest.Item) -> list[Path]:
    here = node.path.parent
    return [here / path for marker in node.iter_markers("mock_fixtures") for path in marker.args]


def _fault(marker: pytest.Mark) -> Mapping[str, Any]:
    if len(marker.args) != 1 or not isinstance(marker.args[0], str):
        raise pytest.UsageError("mock_fault takes one fault: mock_fault('429', times=1)")
    given = dict(marker.kwargs)
    own = {name: given.pop(name) for name in _OWN & set(given)}
    return {"fault": marker.args[0], "match": given, **own}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows the journal of a failing test's server."""
    report = yield
    server = item.stash.get(_SERVER, None)
    if server is not None and report.failed and report.when == "call":
        report.sections.append(("mock_providers: requests", "\n".join(_lines(server))))
    return report


def _lines(server: MockServer) -> Iterator[str]:
    entries = server.requests()
    if not entries:
        yield "none reached the server"
    if len(entries) > _SHOWN:
        yield f"({len(entries) - _SHOWN} earlier ones left out)"
    for entry in entries[-_SHOWN:]:
        yield _line(entry)


def _line(entry: Mapping[str, Any]) -> str:
    status = "no answer" if entry["status"] is None else entry["status"]
    parts = [f"#{entry['id']} {entry['method']} /{entry['provider']}{entry['path']} → {status}"]
    parts += [f"{name}={entry[name]}" for name in ("model", "error", "fixture") if entry[name]]
    if entry["faults"]:
        parts.append(f"faults={'+'.join(entry['faults'])}")
    if entry["end"] != "complete":
        parts.append(f"end={entry['end']}")
    return " ".join([*parts, *(f"note: {note}" for note in entry["notes"])])
