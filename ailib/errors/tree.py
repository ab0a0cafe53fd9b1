"""The exceptions of this library; nothing else leaves it.

AiLibError                      every error; has ``standard_code``, pickles and deep-copies
├── ProtocolError               E1001  a manifest is wrong
│   ├── ManifestNotFoundError   E1004  no such provider
│   └── ManifestInvalidError    E1001  file, line, pointer, expected, found
├── ValidationError             E1001  the caller's arguments are wrong (also a ValueError)
├── CredentialError             E1002  no usable key, found out before the network
├── CapabilityError             E1005  the provider does not declare what is asked of it
├── RemoteError                 any    the provider answered with an error
├── TransportError              E3001  no proper answer came back
│   ├── ConnectionFailedError   E3001  connect, TLS, reset before or amid the answer
│   ├── RequestTimeoutError     E3003  one of the six timeouts (``phase``)
│   └── ResponseError           E3001  the answer cannot be read
│       ├── TruncatedStreamError       ended with neither finish reason nor terminator
│       ├── MalformedResponseError     not the format it claims to be
│       └── FrameTooLargeError         a frame beyond the limit
├── CallCancelledError          E4002  the caller cancelled
├── CircuitOpenError            E3002  the breaker is open (``retry_after`` seconds)
└── BackpressureError           E3002  no in-flight slot within the queue timeout
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ailib.errors import standard_codes as codes
from ailib.errors.standard_codes import StandardErrorCode

if TYPE_CHECKING:
    from ailib.types.response import ChatResponse


class AiLibError(Exception):
    """Base of every error of this library.

    ``standard_code``: one of the 13 codes. ``retryable``: the same call may succeed later.
    ``fallbackable``: another model may answer. ``retry_after``: seconds the provider asks for.
    ``hint``: how to mend it. ``partial``: what a stream had delivered before it failed.
    ``provider``/``model``: where the call went. ``attempts``: tries made, this one included.
    ``request_id``: the provider's name for the call, where it gave one.
    """

    default_code: ClassVar[StandardErrorCode] = codes.E9999

    def __init__(
        self,
        message: str,
        *,
        standard_code: StandardErrorCode | None = None,
        retryable: bool | None = None,
        fallbackable: bool | None = None,
        retry_after: float | None = None,
        hint: str | None = None,
        partial: ChatResponse | None = None,
    ) -> None:
        super().__init__(message)
        code = standard_code or self.default_code
        self.message = message
        self.standard_code = code
        self.retryable = code.retryable if retryable is None else retryable
        self.fallbackable = code.fallbackable if fallbackable is None else fallbackable
        self.retry_after = retry_after
        self.hint = hint
        self.partial = partial
        self.provider: str | None = None
        self.model: str | None = None
        self.attempts = 1
        self.request_id: str | None = None

    @property
    def error_type(self) -> str:
        """The standard class name, such as ``"rate_limited"``."""
        return self.standard_code.name

    @property
    def error_class(self) -> str:
        """Same as ``error_type`` (the name older documents use)."""
        return self.error_type

    @property
    def partial_text(self) -> str:
        """Text received before the failure; empty where nothing was."""
        return self.partial.content if self.partial is not None else ""

    def is_retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return self.retryable

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__.copy())


def _rebuild(cls: type[AiLibError], args: tuple[Any, ...], state: dict[str, Any]) -> AiLibError:
    error = cls.__new__(cls, *args)
    Exception.__init__(error, *args)
    error.__dict__.update(state)
    return error


class ProtocolError(AiLibError):
    """A manifest, or what it says, is wrong."""

    default_code = codes.E1001


class ManifestNotFoundError(ProtocolError):
    """No manifest has this provider id or alias."""

    default_code = codes.E1004


class ManifestInvalidError(ProtocolError):
    """A manifest file cannot be used.

    ``file``, ``line`` (1-based), ``pointer`` (JSON pointer), ``expected``, ``found`` say where
    and what; each may be ``None`` where it is not known.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        pointer: str | None = None,
        expected: str | None = None,
        found: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.file, self.line, self.pointer = file, line, pointer
        self.expected, self.found = expected, found


class ValidationError(AiLibError, ValueError):
    """An argument of the caller is wrong; nothing was sent."""

    default_code = codes.E1001


class CredentialError(AiLibError):
    """No usable key for the provider; nothing was sent."""

    default_code = codes.E1002


class CapabilityError(AiLibError):
    """The manifest does not declare what the call needs; nothing was sent."""

    default_code = codes.E1005

    @property
    def error_type(self) -> str:
        return "unsupported_capability"


class RemoteError(AiLibError):
    """The provider answered with an error: by status, in a 200 body, or inside a stream.

    ``status_code`` is the HTTP status as received, ``code`` and ``type`` the provider's own
    words, ``request_id`` the provider's, ``body`` the parsed (or raw text) error body,
    ``headers`` the response headers in lower case, ``in_stream`` whether it came in a 200.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        code: str | None = None,
        type: str | None = None,
        param: str | None = None,
        request_id: str | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        in_stream: bool = False,
        standard_code: StandardErrorCode | None = None,
        retryable: bool | None = None,
        fallbackable: bool | None = None,
        retry_after: float | None = None,
        hint: str | None = None,
        partial: ChatResponse | None = None,
    ) -> None:
        super().__init__(
            message,
            standard_code=standard_code,
            retryable=retryable,
            fallbackable=fallbackable,
            retry_after=retry_after,
            hint=hint,
            partial=partial,
        )
        self.status_code = status_code
        self.code, self.type, self.param = code, type, param
        self.request_id = request_id
        self.body = body
        self.headers: dict[str, str] = dict(headers or {})
        self.in_stream = in_stream


class TransportError(AiLibError):
    """No proper answer came back from the network."""

    default_code = codes.E3001


class ConnectionFailedError(TransportError):
    """The connection could not be made, or broke before or amid the answer."""


class RequestTimeoutError(TransportError):
    """A timeout ran out; ``phase`` names it, ``seconds`` is its length.

    Phases: connect, pool, first_event, idle_bytes, idle_content, total.
    """

    default_code = codes.E3003

    def __init__(
        self,
        message: str,
        *,
        phase: str,
        seconds: float | None = None,
        retryable: bool | None = None,
        partial: ChatResponse | None = None,
    ) -> None:
        super().__init__(message, retryable=retryable, partial=partial)
        self.phase, self.seconds = phase, seconds


class ResponseError(TransportError):
    """An answer arrived that cannot be read."""


class TruncatedStreamError(ResponseError):
    """A stream ended with neither a finish reason nor a terminator."""


class MalformedResponseError(ResponseError):
    """The answer is not the format it claims to be (HTML, empty, broken JSON)."""


class FrameTooLargeError(ResponseError):
    """One frame of a stream is larger than the limit."""


class CallCancelledError(AiLibError):
    """The caller cancelled the call."""

    default_code = codes.E4002


class CircuitOpenError(AiLibError):
    """The circuit breaker is open; nothing was sent. ``retry_after``: seconds until a probe."""

    default_code = codes.E3002

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message, retryable=False, fallbackable=True, retry_after=retry_after)


class BackpressureError(AiLibError):
    """No in-flight slot became free within the queue timeout; nothing was sent."""

    default_code = codes.E3002
