"""One attempt at a request whose answer is a single JSON value: embeddings, rerank, lists."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ailib.client.attempt import refusal, tell
from ailib.client.release import release
from ailib.client.target import ModelTarget
from ailib.clock import Clock
from ailib.credentials import Redactor
from ailib.errors import AiLibError, FrameTooLargeError, MalformedResponseError
from ailib.framing.formats import MAX_BODY
from ailib.manifest import CompiledApi
from ailib.resilience import Try, Watchdog
from ailib.transport import HttpRequest, HttpResponse, Timeouts, Transport


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """A JSON answer with what came around it."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


async def ask(
    http: HttpRequest,
    target: ModelTarget,
    transport: Transport,
    timeouts: Timeouts,
    clock: Clock,
    attempt: Try,
) -> PlainAnswer:
    """Sends and reads the whole answer.

    Raises `RemoteError` for an error answer, `TransportError` where none comes or it is no JSON.
    """
    redactor = Redactor.of_request(target.credential.value, {})
    dog = Watchdog(clock, timeouts, attempt.started)
    response: HttpResponse | None = None
    try:
        with dog:
            response = await transport.send(http, timeouts)
        attempt.observe(response.headers)
        if not 200 <= response.status < 300:
            raise await refusal(_any_api(target), response, dog, clock.now())
        return PlainAnswer(await _json(response, dog), response.status, response.headers)
    except AiLibError as error:
        raise tell(error, target, redactor) from None
    finally:
        dog.close()
        if response is not None:
            await release(response)


def _any_api(target: ModelTarget) -> CompiledApi:
    """Errors look alike in all APIs of a provider."""
    return target.provider.api(target.provider.api_names()[0])


async def _json(response: HttpResponse, dog: Watchdog) -> Any:
    data = bytearray()
    with dog:
        async for chunk in response.chunks():
            data += chunk
            if len(data) > MAX_BODY:
                raise FrameTooLargeError(f"an answer of more than {MAX_BODY} bytes")
    try:
        return json.loads(data)
    except ValueError as error:
        reason = str(error)
    kind = response.headers.get("content-type", "no content type")
    raise MalformedResponseError(f"status {response.status} with {kind} is no JSON: {reason}")
