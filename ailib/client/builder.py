"""Everything that can be set about a client."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from ssl import SSLContext
from typing import Any, Self, TypedDict, Unpack

from ailib.client.ai_client import AiClient
from ailib.client.target import ModelTarget, find_provider, resolve_target
from ailib.clock import Clock, LoopClock
from ailib.errors import ValidationError
from ailib.resilience import (
    BackpressureConfig,
    CircuitBreakerConfig,
    RateLimiterConfig,
    Resilience,
    ResilientConfig,
    RetryConfig,
    from_environment,
    silence,
)
from ailib.transport import Timeouts, Transport, TransportOptions, choose_transport

TRANSPORT_OPTIONS = (
    "proxy",
    "verify",
    "trust_env",
    "pool_size",
    "idle_timeout",
    "max_connections",
)


class ClientOptions(TypedDict, total=False):
    """What can be set, as keywords of `AiClient.create`.

    ``api_key``, ``base_url``: instead of the environment's and the manifest's. ``api_keys``:
    keys by model or provider, for fallbacks. ``protocol_dir``: a folder of manifests, asked
    before the bundled ones (``protocol_path`` is the same). ``timeout``: seconds the provider
    may be silent, at the start and in between; ``timeouts``: each by itself. ``fallbacks``:
    models asked in turn where the first cannot answer. ``transport``: ``httpx``, ``httpx2``,
    ``aiohttp``, or an object. The rest: `TransportOptions`, `ResilientConfig`, the time.
    """

    api_key: str | None
    api_keys: dict[str, str]
    base_url: str | None
    protocol_dir: str | Path | None
    protocol_path: str | Path | None
    timeout: float | None
    timeouts: Timeouts | None
    resilience: ResilientConfig | None
    fallbacks: Iterable[str]
    transport: str | Transport | None
    proxy: str | None
    verify: bool | str | SSLContext
    trust_env: bool
    pool_size: int
    idle_timeout: float
    max_connections: int
    clock: Clock


class AiClientBuilder:
    """Every method returns the builder, `build` gives the client."""

    def __init__(self, **options: Unpack[ClientOptions]) -> None:
        unknown = [name for name in options if name not in ClientOptions.__annotations__]
        if unknown:
            raise ValidationError(
                f"unknown option {unknown[0]!r}",
                hint=f"one of {', '.join(ClientOptions.__annotations__)}",
            )
        self._options: ClientOptions = options
        self._model: str | None = None
        self._parts: dict[str, Any] = {}

    def model(self, model: str) -> Self:
        """The model, as ``"provider/model"``."""
        self._model = model
        return self

    def api_key(self, key: str) -> Self:
        """The provider's key, instead of the environment's."""
        return self._set(api_key=key)

    def api_key_for(self, model: str, key: str) -> Self:
        """The key for one model (``"provider/model"``) or provider among the fallbacks."""
        return self._set(api_keys={**self._options.get("api_keys", {}), model: key})

    def base_url(self, url: str) -> Self:
        """The provider's address, as its own SDK takes it."""
        return self._set(base_url=url)

    def protocol_dir(self, folder: str | Path) -> Self:
        """A folder of manifests, asked before the bundled ones."""
        return self._set(protocol_dir=folder)

    protocol_path = protocol_dir

    def timeout(self, seconds: float) -> Self:
        """How long the provider may be silent, at the start and in between."""
        return self._set(timeout=seconds)

    def timeouts(self, timeouts: Timeouts) -> Self:
        """The six timeouts, each by itself."""
        return self._set(timeouts=timeouts)

    def resilience(self, config: ResilientConfig) -> Self:
        """Retry, breaker, rate limit, in-flight limit."""
        return self._set(resilience=config)

    with_resilience = resilience

    def production_ready(self) -> Self:
        """`ResilientConfig.production`."""
        return self.resilience(ResilientConfig.production())

    def with_retry(self, config: RetryConfig) -> Self:
        """The retry part alone."""
        return self._part(retry=config)

    def retry(self, max_attempts: int = 3, backoff: float = 1.0) -> Self:
        """At most so many attempts; ``backoff`` is the least wait between them in seconds."""
        least = backoff * 1000
        config = RetryConfig(max_attempts - 1, least, max(least, RetryConfig().max_delay_ms))
        return self.with_retry(config)

    def with_rate_limit(self, config: RateLimiterConfig) -> Self:
        """The rate limit alone."""
        return self._part(rate_limit=config)

    def with_circuit_breaker(self, config: CircuitBreakerConfig) -> Self:
        """The circuit breaker alone."""
        return self._part(circuit_breaker=config)

    def max_inflight(self, calls: int) -> Self:
        """At most so many calls at once; others wait."""
        return self._part(backpressure=BackpressureConfig(max_concurrent=calls))

    def with_fallbacks(self, models: Iterable[str]) -> Self:
        """Models that are asked in turn where the first one cannot answer."""
        return self._set(fallbacks=tuple(models))

    fallbacks = with_fallbacks

    def transport(self, transport: str | Transport) -> Self:
        """``httpx``, ``httpx2``, ``aiohttp``, or an object; that one is not closed here."""
        return self._set(transport=transport)

    def proxy(self, url: str) -> Self:
        """The proxy for all requests, instead of the environment's."""
        return self._set(proxy=url)

    def verify(self, verify: bool | str | SSLContext) -> Self:
        """A CA bundle, a context, or false for no check of certificates."""
        return self._set(verify=verify)

    def clock(self, clock: Clock) -> Self:
        """Another time than the event loop's."""
        return self._set(clock=clock)

    async def build(self) -> AiClient:
        """The client. Loads manifests and finds keys; opens no connection.

        Raises `ValidationError` where no model or a wrong option was given, and what
        `AiClient.create` names.
        """
        return self.build_now()

    def build_now(self) -> AiClient:
        """`build` for callers outside an event loop."""
        if self._model is None:
            raise ValidationError("no model was given", hint=".model('provider/model')")
        options = self._options
        clock = options.get("clock") or LoopClock()
        first = self._target(self._model, None)
        others = [self._target(name, first) for name in options.get("fallbacks") or ()]
        transport = options.get("transport")
        settings = {name: options[name] for name in TRANSPORT_OPTIONS if name in options}  # type: ignore[literal-required]
        return AiClient(
            (first, *others),
            choose_transport(transport, TransportOptions(**settings)),
            Resilience(self._config(), clock),
            clock,
            owns_transport=transport is None or isinstance(transport, str),
        )

    def _target(self, model: str, first: ModelTarget | None) -> ModelTarget:
        """One model. The address and the key given are for the first model's provider alone."""
        options = self._options
        folder = options.get("protocol_dir") or options.get("protocol_path")
        if folder is not None and not Path(folder).is_dir():
            raise ValidationError(
                f"protocol_dir {str(folder)!r} is no folder",
                hint="name one with <provider>.yaml, or a checkout of ai-protocol",
            )
        provider, name = find_provider(model, folder)
        own = first is None or provider.id == first.provider.id
        keys = options.get("api_keys") or {}
        key = keys.get(model) or keys.get(provider.id)
        return resolve_target(
            provider,
            name,
            api_key=key or (options.get("api_key") if own else None),
            base_url=options.get("base_url") if own else None,
        )

    def _config(self) -> ResilientConfig:
        options = self._options
        given = options.get("resilience") or ResilientConfig()
        names = ("retry", "rate_limit", "circuit_breaker", "backpressure", "timeouts")
        parts = {name: self._parts.get(name) or getattr(given, name) for name in names}
        if options.get("timeouts") is not None:
            parts["timeouts"] = options["timeouts"]
        timeout = options.get("timeout")
        if timeout is not None:
            if isinstance(timeout, bool) or not isinstance(timeout, int | float) or timeout <= 0:
                raise ValidationError(f"timeout is {timeout!r}", hint="seconds, more than 0")
            parts["timeouts"] = silence(timeout, parts["timeouts"])
        return from_environment(os.environ, ResilientConfig(**parts))

    def _set(self, **options: Unpack[ClientOptions]) -> Self:
        self._options = {**self._options, **options}
        return self

    def _part(self, **parts: Any) -> Self:
        self._parts.update(parts)
        return self

    def __repr__(self) -> str:
        return f"AiClientBuilder({self._model!r})"
