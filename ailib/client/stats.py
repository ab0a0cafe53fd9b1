"""What a call took: time, tokens, attempts."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import uuid4

from ailib.client.attempt import Begun
from ailib.client.target import ModelTarget
from ailib.clock import Clock
from ailib.errors import AiLibError
from ailib.resilience import Lease
from ailib.types import ChatResponse, Usage


@dataclass(slots=True)
class CallStats:
    """The figures of one call; those of a stream are filled while it is read.

    Times are milliseconds of the clock: ``latency_ms`` from the call to its end (so far),
    ``time_to_first_token_ms`` to the first text, reasoning or tool event. Token counts are
    ``None`` where the provider did not give them. ``endpoint`` is the path asked, without query.
    ``retry_count`` counts the attempts that failed, on all models.
    """

    model: str = ""
    provider: str = ""
    usage: Usage | None = None
    latency_ms: float = 0.0
    time_to_first_token_ms: float | None = None
    retry_count: int = 0
    endpoint: str = ""
    http_status: int | None = None
    upstream_request_id: str | None = None
    finish_reason: str | None = None
    error_class: str | None = None
    _client_id: str | None = field(default=None, repr=False)

    @property
    def client_request_id(self) -> str:
        """A UUID of the client's own, the same at every look."""
        if self._client_id is None:
            self._client_id = str(uuid4())
        return self._client_id

    @property
    def prompt_tokens(self) -> int | None:
        """Tokens of the prompt."""
        return self.usage.prompt_tokens if self.usage else None

    @property
    def completion_tokens(self) -> int | None:
        """Tokens of the answer."""
        return self.usage.completion_tokens if self.usage else None

    @property
    def total_tokens(self) -> int | None:
        """Tokens of both."""
        return self.usage.total_tokens if self.usage else None

    input_tokens = prompt_tokens
    output_tokens = completion_tokens

    @property
    def attempts(self) -> int:
        """Requests made."""
        return self.retry_count + 1

    @property
    def request_id(self) -> str:
        """The provider's id for the request, else the client's own."""
        return self.upstream_request_id or self.client_request_id


def endpoint_of(url: str) -> str:
    """The path of a URL: no host, no query, so nothing secret."""
    return urlsplit(url).path


class Meter:
    """Fills the `CallStats` of one call, by the clock."""

    __slots__ = ("_clock", "_started", "stats")

    def __init__(self, clock: Clock, target: ModelTarget) -> None:
        self._clock, self._started = clock, clock.monotonic()
        self.stats = CallStats(model=target.model, provider=target.provider.id)

    def start(self) -> None:
        """The call begins now, later than this object was made."""
        self._started = self._clock.monotonic()

    def opened(self, lease: Lease[Begun]) -> None:
        """An answer has begun."""
        answer, events = lease.value
        stats = self.stats
        stats.provider, stats.model = lease.key.provider, lease.key.model
        stats.retry_count = len(lease.failures)
        stats.endpoint = endpoint_of(answer.url)
        stats.http_status = answer.response.status
        if answer.streamed and not events[0].is_stream_end:
            stats.time_to_first_token_ms = self._elapsed()

    def ended(self, response: ChatResponse, finish_reason: str | None) -> None:
        """The answer is over, well or not."""
        stats = self.stats
        stats.latency_ms = self._elapsed()
        stats.usage = response.usage
        stats.upstream_request_id = response.request_id
        stats.finish_reason = finish_reason

    def failed(self, error: BaseException) -> None:
        """No answer came, or it broke off."""
        self.stats.latency_ms = self._elapsed()
        if isinstance(error, AiLibError):
            stats = self.stats
            stats.error_class = error.error_type
            stats.retry_count = max(stats.retry_count, error.attempts - 1)
            stats.upstream_request_id = error.request_id
            stats.provider = error.provider or stats.provider
            stats.model = error.model or stats.model

    def _elapsed(self) -> float:
        return (self._clock.monotonic() - self._started) * 1000
