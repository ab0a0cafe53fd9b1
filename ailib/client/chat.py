"""Building a chat request, and the ways to run it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from ailib.client.cancel import CancelToken
from ailib.client.stats import CallStats
from ailib.client.stream import ChatStream
from ailib.errors import ValidationError
from ailib.types import ChatRequest, ChatResponse, ContentBlock, Message, ToolDefinition

if TYPE_CHECKING:
    from ailib.client.ai_client import AiClient


HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


class ChatBuilder:
    """What goes into a request for ``model`` (the provider's own name). Every method but `build`
    returns the builder itself."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._messages: list[Message] = []
        self._params: dict[str, Any] = {}
        self._tools: tuple[ToolDefinition, ...] = ()
        self._tool_choice: str | Mapping[str, Any] | None = None
        self._response_format: Mapping[str, Any] | None = None
        self._extra_body: dict[str, Any] = {}
        self._extra_headers: dict[str, str] = {}
        self._api: str | None = None

    def system(self, text: str) -> Self:
        """Appends instructions to the model."""
        return self.add_message(Message.system(text))

    def user(self, content: str | Sequence[ContentBlock]) -> Self:
        """Appends what the user says."""
        return self.add_message(Message.user(content))

    def assistant(self, content: str | Sequence[ContentBlock]) -> Self:
        """Appends what the model said before."""
        return self.add_message(Message.assistant(content))

    def messages(self, messages: Iterable[Message]) -> Self:
        """Appends messages to those that are there."""
        for message in messages:
            self.add_message(message)
        return self

    def add_message(self, message: Message) -> Self:
        """Appends one message. Raises `ValidationError` for anything else."""
        if not isinstance(message, Message):
            raise ValidationError(
                f"not a message: {type(message).__name__}", hint="use Message.user(…) and the like"
            )
        self._messages.append(message)
        return self

    def temperature(self, temperature: float) -> Self:
        """Randomness: 0.0 deterministic, 2.0 creative."""
        return self.param("temperature", temperature)

    def max_tokens(self, max_tokens: int) -> Self:
        """At most so many tokens in the answer."""
        return self.param("max_tokens", max_tokens)

    def top_p(self, top_p: float) -> Self:
        """Nucleus sampling, the other way to say temperature."""
        return self.param("top_p", top_p)

    def stop(self, stop: str | Sequence[str]) -> Self:
        """Sequences at which the answer ends."""
        return self.param("stop", [stop] if isinstance(stop, str) else list(stop))

    def tools(self, tools: Iterable[ToolDefinition | Mapping[str, Any]]) -> Self:
        """Tools the model may call: definitions, ``{name, description, parameters}``, or the
        nested form ``{"type": "function", "function": {…}}``."""
        self._tools = tuple(ToolDefinition.coerce(tool) for tool in tools)
        return self

    def tool_choice(self, choice: str | Mapping[str, Any]) -> Self:
        """``auto``, ``none``, ``required``, or ``{"name": …}`` for one tool."""
        self._tool_choice = choice
        return self

    def response_format(self, response_format: Mapping[str, Any] | Any) -> Self:
        """``{"type": "json_object"}``, ``{"type": "json_schema", "json_schema": {name, schema,
        strict}}``, or an object with ``to_response_format()``."""
        convert = getattr(response_format, "to_response_format", None)
        self._response_format = convert() if convert else response_format
        return self

    def param(self, name: str, value: Any) -> Self:
        """Any other parameter by its standard name; the manifest maps it."""
        self._params[name] = value
        return self

    def extra_body(self, body: Mapping[str, Any]) -> Self:
        """Keys that go into the body as they are, over everything else."""
        self._extra_body.update(body)
        return self

    def extra_headers(self, headers: Mapping[str, str]) -> Self:
        """Headers that go out as they are. Raises `ValidationError` for one that cannot."""
        for name, value in headers.items():
            if not (HEADER_NAME.fullmatch(name) and HEADER_VALUE.fullmatch(value)):
                # The value may be a secret.
                raise ValidationError(
                    f"the header {name!r} cannot be sent",
                    hint="a name of letters, digits and hyphens; a value without line breaks",
                )
        self._extra_headers.update(headers)
        return self

    def api(self, name: str) -> Self:
        """Another API family of the provider, such as ``responses``."""
        self._api = name
        return self

    def build(self, *, stream: bool = False) -> ChatRequest:
        """The request as a value; the builder may be changed further without touching it."""
        return ChatRequest(
            model=self._model,
            messages=tuple(self._messages),
            params=dict(self._params),
            tools=self._tools,
            tool_choice=self._tool_choice,
            response_format=self._response_format,
            stream=stream,
            extra_body=dict(self._extra_body),
            extra_headers=dict(self._extra_headers),
            api=self._api,
        )


class ChatRequestBuilder(ChatBuilder):
    """Builds a request and runs it: `execute`, `execute_with_stats`, `stream`,
    `stream_with_stats`. Each may be called several times and sends the request anew."""

    def __init__(self, client: AiClient) -> None:
        super().__init__(client.model)
        self._client = client

    async def execute(self, *, cancel_token: CancelToken | None = None) -> ChatResponse:
        """Sends the request and gives the whole answer.

        Raises `RemoteError`, `TransportError`, `CapabilityError`, `ValidationError`,
        `CircuitOpenError`, `BackpressureError`; `CallCancelledError` by the token.
        """
        response, _ = await self.execute_with_stats(cancel_token=cancel_token)
        return response

    async def execute_with_stats(
        self, *, cancel_token: CancelToken | None = None
    ) -> tuple[ChatResponse, CallStats]:
        """As `execute`, with the figures of the call."""
        return await self._client.execute(self.build(), cancel_token=cancel_token)

    def stream(self, *, cancel_token: CancelToken | None = None) -> ChatStream:
        """The answer as events, for ``async for``. Raises, while iterating, as `execute` does,
        except that a cancelled stream ends with ``StreamEnd(finish_reason="cancelled")``."""
        return self._client.stream(self.build(stream=True), cancel_token=cancel_token)

    async def stream_with_stats(
        self, *, cancel_token: CancelToken | None = None
    ) -> tuple[ChatStream, CallStats]:
        """The stream, and the figures that it fills while it is read."""
        stream = self.stream(cancel_token=cancel_token)
        return stream, stream.stats
