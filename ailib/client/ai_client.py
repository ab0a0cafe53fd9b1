"""The client: one model, and the models that stand in for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ailib.client.attempt import Begun, begin
from ailib.client.cancel import CancelToken
from ailib.client.chat import ChatRequestBuilder
from ailib.client.closing import AsyncClosing
from ailib.client.interrupt import Interrupt, InterruptedWait
from ailib.client.plain import PlainAnswer, ask
from ailib.client.stats import CallStats, Meter
from ailib.client.stream import ChatStream
from ailib.client.target import ModelTarget
from ailib.clock import Clock
from ailib.errors import CallCancelledError
from ailib.resilience import Lease, Resilience, SignalsSnapshot, Target
from ailib.transport import HttpRequest, Timeouts, Transport
from ailib.types import ChatRequest, ChatResponse

if TYPE_CHECKING:
    from typing import Unpack

    from ailib.client.builder import AiClientBuilder, ClientOptions
    from ailib.manifest import Provider
    from ailib.services import EmbeddingResponse, RemoteModel, RerankResponse

# A plain body comes only when it is whole: as long (seconds) as the official SDKs wait for it.
WHOLE_BODY = 600.0


class AiClient(AsyncClosing):
    """Talks to one model, ``await AiClient.create("provider/model")``.

    Any number of calls may run at once, in one event loop after another; for threads there is
    `ailib.sync`. Close it with `close` or ``async with``; one that is only dropped
    leaves nothing open either.
    """

    def __init__(
        self,
        targets: Sequence[ModelTarget],
        transport: Transport,
        resilience: Resilience,
        clock: Clock,
        *,
        owns_transport: bool,
    ) -> None:
        self._targets = tuple(targets)
        self._transport, self._owns_transport = transport, owns_transport
        self._resilience, self._clock = resilience, clock
        given = resilience.config.timeouts
        self._timeouts = given or Timeouts()
        self._body_timeouts = given or replace(Timeouts(), first_event=WHOLE_BODY)
        self._policies = [
            resilience.config.retry_for(target.provider.retry_policy) for target in targets
        ]

    @classmethod
    async def create(cls, model: str, **options: Unpack[ClientOptions]) -> AiClient:
        """A client for ``"provider/model"``; the options are those of `AiClientBuilder`.

        Loads the manifest and finds the key; opens no connection. Raises
        `ManifestNotFoundError`, `ManifestInvalidError`, `CredentialError`, `ValidationError`.
        """
        from ailib.client.builder import AiClientBuilder  # noqa: PLC0415  # it imports this module

        return await AiClientBuilder(**options).model(model).build()

    @staticmethod
    def builder() -> AiClientBuilder:
        """A builder, for the same options in steps."""
        from ailib.client.builder import AiClientBuilder  # noqa: PLC0415  # it imports this module

        return AiClientBuilder()

    @property
    def model(self) -> str:
        """The provider's name of the model."""
        return self._targets[0].model

    @property
    def model_id(self) -> str:
        """``provider/model``."""
        return f"{self.provider_id}/{self.model}"

    @property
    def provider_id(self) -> str:
        """The provider."""
        return self._targets[0].provider.id

    @property
    def manifest(self) -> Provider:
        """The provider as its manifest describes it."""
        return self._targets[0].provider

    @property
    def transport(self) -> Transport:
        """What sends the requests; another client may be given it."""
        return self._transport

    def chat(self) -> ChatRequestBuilder:
        """A new request."""
        return ChatRequestBuilder(self)

    async def execute(
        self, request: ChatRequest, *, cancel_token: CancelToken | None = None
    ) -> tuple[ChatResponse, CallStats]:
        """Sends a request that is not streamed; see `ChatRequestBuilder.execute`."""
        meter = Meter(self._clock, self._targets[0])
        try:
            lease = await self._uncancelled(request, cancel_token)
        except BaseException as error:
            meter.failed(error)
            raise
        with lease as (answer, _):
            response = answer.reader.response
        meter.opened(lease)
        meter.ended(response, response.finish_reason)
        return response, meter.stats

    def stream(
        self, request: ChatRequest, *, cancel_token: CancelToken | None = None
    ) -> ChatStream:
        """Sends a request that is streamed; see `ChatRequestBuilder.stream`."""
        meter = Meter(self._clock, self._targets[0])
        return ChatStream(partial(self._open, request), meter, cancel_token)

    async def embed(
        self,
        texts: str | Sequence[str],
        *,
        dimensions: int | None = None,
        batch_size: int | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> EmbeddingResponse:
        """One vector a text; see `ailib.services.EmbeddingsService.embed`. Raises
        `CapabilityError` where the provider declares no embeddings, else as `execute`."""
        from ailib.services import EmbeddingsService  # noqa: PLC0415  # few need it

        return await EmbeddingsService(self).embed(
            texts, dimensions=dimensions, batch_size=batch_size, options=options
        )

    async def rerank(
        self,
        query: str,
        documents: Sequence[str | Mapping[str, Any]],
        *,
        top_n: int | None = None,
        max_tokens_per_doc: int | None = None,
    ) -> RerankResponse:
        """Documents by relevance; see `ailib.services.RerankerService.rerank`. Raises
        `CapabilityError` where the provider declares no rerank, else as `execute`."""
        from ailib.services import RerankerService  # noqa: PLC0415  # few need it

        return await RerankerService(self).rerank(
            query, documents, top_n=top_n, max_tokens_per_doc=max_tokens_per_doc
        )

    async def list_remote_models(self) -> list[RemoteModel]:
        """The models that the provider itself lists; see `ailib.services.list_models`."""
        from ailib.services import list_models  # noqa: PLC0415  # few need it

        return await list_models(self)

    @property
    def target(self) -> ModelTarget:
        """The model, its provider and address."""
        return self._targets[0]

    async def ask(self, http: HttpRequest) -> PlainAnswer:
        """Sends a request of one of the provider's other services, with retries and limits."""
        attempt = partial(ask, http, self.target, self._transport, self._timeouts, self._clock)
        headers = self.target.provider.rate_limit_headers
        target = Target(self.target.name, attempt, self._policies[0], headers)
        with await self._resilience.open([target]) as answer:
            return answer

    def signals_snapshot(self) -> SignalsSnapshot:
        """How things stand: circuit, rate limit, calls in flight."""
        return self._resilience.signals_snapshot(self._targets[0].name)

    @property
    def circuit_state(self) -> str:
        """closed, open, half_open, or disabled."""
        return self.signals_snapshot().circuit_state

    @property
    def current_inflight(self) -> int:
        """Calls in flight."""
        return self.signals_snapshot().current_inflight

    def reset_resilience(self) -> None:
        """Forgets what breakers and rate limits have learnt."""
        self._resilience.reset()

    async def aclose(self) -> None:
        """Closes the connections; a transport that was handed in stays open."""
        if self._owns_transport:
            await self._transport.aclose()

    close = aclose

    def __repr__(self) -> str:
        return f"AiClient({self.model_id!r})"

    async def _open(self, request: ChatRequest) -> Lease[Begun]:
        return await self._resilience.open(
            [
                Target(
                    target.name,
                    partial(
                        begin,
                        request,
                        target,
                        self._transport,
                        self._timeouts if request.stream else self._body_timeouts,
                        self._clock,
                    ),
                    policy,
                    target.provider.rate_limit_headers,
                )
                for target, policy in zip(self._targets, self._policies, strict=True)
            ]
        )

    async def _uncancelled(self, request: ChatRequest, token: CancelToken | None) -> Lease[Begun]:
        if token is None:
            return await self._open(request)
        interrupt = Interrupt()
        forget = token.on_cancel(interrupt.ring)
        try:
            with interrupt:
                return await self._open(request)
        except InterruptedWait:
            pass
        finally:
            forget()
        raise CallCancelledError("the call was cancelled")
