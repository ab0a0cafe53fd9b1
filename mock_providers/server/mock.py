"""`MockServer`: the mocks on a real socket, for one test or one session."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from mock_providers.fixtures import read_fixture
from mock_providers.journal import Filter
from mock_providers.profiles import canonical_name, variables
from mock_providers.server.app import MockApp, build_app
from mock_providers.server.listen import Listener, listen


class MockServer:
    """All providers on a port of 127.0.0.1.

    ``async with`` serves in the caller's own loop (and so in its time); ``with`` serves in a
    thread. The arguments are those of `build_app`. Starting and stopping takes milliseconds.

        with MockServer() as server:
            client = openai.OpenAI(base_url=server.url("openai"), api_key="sk-any")
    """

    def __init__(self, app: MockApp | None = None, *, port: int = 0, **options: Any) -> None:
        self.app = app or build_app(**options)
        self._port = port
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port. Raises `RuntimeError` while the server does not run."""
        if self._listener is None:
            raise RuntimeError("the server is not running; use it with `with` or `async with`")
        return f"http://{self._listener.host}:{self._listener.port}"

    def url(self, provider: str) -> str:
        """The string that this provider's own SDK takes as base URL."""
        served = self.app.providers
        name = provider if provider in served else canonical_name(provider)
        if name not in served:
            raise ValueError(f"{provider!r} is not served here; served: {', '.join(served)}")
        return f"{self.origin}/{name}{served[name].profile.base_path}"

    def environment(self) -> dict[str, str]:
        """The variables that point the SDKs of all served providers here."""
        served = (self.app.providers[name].profile for name in sorted(self.app.providers))
        return variables(served, self.origin)

    def add(self, fixture: Mapping[str, Any]) -> str:
        """Adds a fixture, a fault or a script, in the form of the fixture files and before
        all others: ``{"fault": "429", "match": {"provider": "openai"}, "times": 1}``; its id.
        Raises `FixtureError`."""
        return self.app.state.fixtures.add(read_fixture(fixture, "MockServer.add"))

    def requests(self, **wanted: Any) -> list[dict[str, Any]]:
        """The journal's entries that fit a `Filter`, oldest first, without secrets."""
        from mock_providers.journal.view import view  # noqa: PLC0415 - not needed to serve

        self._settle()
        return [view(entry) for entry in self.app.state.journal.find(Filter(**wanted))]

    def _settle(self) -> None:
        """Lets the serving thread finish the step it is in: a client may have the last byte of an
        answer before the journal says so."""
        loop = self._loop
        if loop is not None and self._listener is not None:
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()

    async def __aenter__(self) -> Self:
        self._listener = await listen(self.app, port=self._port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._listener is not None:
            await self._listener.close()
            self._listener = None

    def __enter__(self) -> Self:
        started: threading.Event = threading.Event()
        failure: list[BaseException] = []
        self._thread = threading.Thread(
            target=self._serve, args=(started, failure), name="mock-providers", daemon=True
        )
        self._thread.start()
        started.wait()
        if failure:
            self._thread.join()
            raise failure[0]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _serve(self, started: threading.Event, failure: list[BaseException]) -> None:
        async def run() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            try:
                self._listener = await listen(self.app, port=self._port)
            except OSError as error:
                failure.append(error)
                return
            finally:
                started.set()
            await self._stop.wait()
            await self._listener.close()
            self._listener = None

        asyncio.run(run())
