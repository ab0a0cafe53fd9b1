"""One API of one provider, compiled: request out, answer in, errors told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ailib import framing
from ailib.assemble import ResponseReader, plan
from ailib.assemble.reader import Form
from ailib.classify import Classifier
from ailib.credentials import AuthSpec
from ailib.encode import Encoder
from ailib.errors import CapabilityError, RemoteError
from ailib.manifest.capabilities import Capabilities, needs_of
from ailib.manifest.later import read_later
from ailib.mapping import RuleError, Rules, compile_path, compile_rules
from ailib.transport.base import HttpRequest
from ailib.types import ChatRequest

DECODER_OPTIONS = ("format", "done_signal", "delimiter", "prefix", "max_frame", "text_events")


class CompiledApi:
    """What a client needs of a manifest; immutable, shared by all calls.

    ``name`` is the API's within the provider (``chat``, ``responses``, ``messages`` …); ``later``
    says how to ask for an answer that is made later, ``None`` for one that comes at once.
    """

    def __init__(
        self,
        name: str,
        spec: Mapping[str, Any],
        manifest: Mapping[str, Any],
        *,
        auth: AuthSpec,
        capabilities: Capabilities,
        classifier: Classifier,
        base_url: Callable[[], str],
        filled: Callable[[str], str],
    ) -> None:
        self.name = name
        self._provider: str = manifest["id"]
        self._capabilities, self._classifier = capabilities, classifier
        self._takes_lists = "items" in (spec.get("response") or {})
        self._base_url = base_url
        self._encoder = Encoder(spec, auth, manifest.get("parameters") or {}, filled)
        self._plan = plan(spec)
        self.later = read_later(spec.get("later"))
        self._identity = _identity(spec.get("identity") or {})
        self._body = _form("response", spec.get("response") or {}, "json")
        self._stream = _form("stream", spec["stream"], "sse") if spec.get("stream") else None

    def encode(
        self, request: ChatRequest, *, base_url: str | None = None, credential: str | None
    ) -> HttpRequest:
        """The request ready for the wire; ``base_url`` replaces the provider's as it stands.

        Raises `CapabilityError` for what the manifest does not declare, `ValidationError` for
        arguments it cannot send, `CredentialError` for a key no header can carry.
        """
        if self._takes_lists:
            raise CapabilityError(
                f"{self.name} of provider {self._provider!r} takes lists, not a conversation",
                hint="this model is for embeddings or reranking",
            )
        for need in needs_of(request):
            self._capabilities.require(need, self._provider)
        address = self._base_url() if base_url is None else base_url
        return self._encoder.encode(request, base_url=address, credential=credential)

    def body(self, request: ChatRequest) -> dict[str, Any]:
        """The JSON body alone, nothing checked but what cannot be written."""
        return self._encoder.body(request)

    def check(self) -> None:
        """Compiles what is compiled late. Raises `RuleError`."""
        for form in (self._body, self._stream):
            if form is not None:
                _ = form.rules

    def reader(self, *, status: int, headers: Mapping[str, str], stream: bool) -> ResponseReader:
        """A reader of one answer; ``headers`` in lower case, ``stream`` what was asked for."""
        return ResponseReader(
            self._plan,
            self._classifier,
            self._body,
            self._stream,
            self._identity,
            status=status,
            headers=headers,
            streaming=stream,
        )

    def classify(
        self, status: int, headers: Mapping[str, str], body: bytes, *, now: float
    ) -> RemoteError:
        """The error that an answer with an error status is; ``now`` in UTC seconds since the
        epoch."""
        return self._classifier.classify(status, headers, body, now=now)


def _form(place: str, spec: Mapping[str, Any], default: str) -> Form:
    options = spec.get("decoder") or {}
    name = framing.canonical(options.get("format", default))
    given = {key: options[key] for key in DECODER_OPTIONS if options.get(key) is not None}
    chosen = {key: value for key, value in given.items() if key != "format"}
    return Form(
        format=name,
        decoder=lambda: framing.decoder(name, **chosen),
        compile=lambda: _rules(place, spec.get("rules") or (), spec.get("extra_rules") or ()),
        bare_text=bool(options.get("text_events")),
        unwrap=options.get("unwrap"),
    )


def _rules(place: str, own: Sequence[Any], more: Sequence[Any]) -> Rules:
    """The rules of both lists as one function. Raises `RuleError`, the list named."""
    try:
        return compile_rules([*own, *more])
    except RuleError as error:
        _, number, *rest = error.pointer.split("/")
        extra = int(number) - len(own)
        start = f"rules/{number}" if extra < 0 else f"extra_rules/{extra}"
        raise RuleError("/".join([f"/{place}", start, *rest]), error.message) from None


def _identity(spec: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {
        name: tuple(compile_path(path) for path in ([paths] if isinstance(paths, str) else paths))
        for name, paths in spec.items()
    }
