"""Makes one call through the public client and gathers everything that comes out."""

from __future__ import annotations

from ailib import AiClient, Message
from ailib.errors import AiLibError
from ailib.resilience import ResilientConfig
from ailib.transport import Transport
from ailib.types import ChatResponse, StreamingEvent
from tests.support.reading import Outcome

# One attempt: what is looked at is the answer, not what a policy makes of it.
ONE_ATTEMPT = ResilientConfig(max_retries=0)


async def call(
    model: str, base_url: str, transport: Transport, *, api: str | None, stream: bool
) -> Outcome:
    """``Hi`` to ``provider/model`` at ``base_url``; errors of the client are an outcome."""
    events: list[StreamingEvent] = []
    client = await AiClient.create(
        model, api_key="test-key", base_url=base_url, transport=transport, resilience=ONE_ATTEMPT
    )
    request = client.chat().messages([Message.user("Hi")])
    if api is not None:
        request = request.api(api)
    try:
        if not stream:
            return Outcome((), await request.execute())
        answer = request.stream()
        try:
            async for event in answer:
                events.append(event)  # noqa: PERF401 - kept where the stream breaks off
        finally:
            await answer.aclose()
        return Outcome(events, answer.response)
    except AiLibError as error:
        return Outcome(events, error.partial or ChatResponse(), error)
