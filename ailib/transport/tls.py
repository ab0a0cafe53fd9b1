"""TLS contexts, made when first needed and shared: making one costs about 15 ms of CPU."""

from __future__ import annotations

import os
import ssl
import threading
from pathlib import Path

from ailib.errors import ValidationError

BUNDLE_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

_lock = threading.Lock()
_contexts: dict[str | None, ssl.SSLContext] = {}


def context(verify: bool | str | ssl.SSLContext, *, trust_env: bool = True) -> ssl.SSLContext:
    """The context for a ``verify`` option; one per process for each CA bundle.

    Raises `ValidationError` for a bundle that cannot be read.
    """
    if isinstance(verify, ssl.SSLContext):
        return verify
    if verify is False:
        return unverified()
    bundle = verify if isinstance(verify, str) else _bundle_of_environment() if trust_env else None
    with _lock:
        if bundle not in _contexts:
            _contexts[bundle] = _load(bundle)
        return _contexts[bundle]


def unverified() -> ssl.SSLContext:
    """A context that checks nothing; also the cheap one for plain http."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def _bundle_of_environment() -> str | None:
    return next((os.environ[name] for name in BUNDLE_VARIABLES if os.environ.get(name)), None)


def _load(bundle: str | None) -> ssl.SSLContext:
    path = Path(bundle) if bundle else _fallback_bundle()
    if path is None:
        return ssl.create_default_context()
    try:
        if path.is_dir():
            return ssl.create_default_context(capath=str(path))
        return ssl.create_default_context(cafile=str(path))
    except OSError as exc:  # ssl.SSLError is one
        reason = exc.strerror or str(exc)
    raise ValidationError(
        f"cannot read the CA bundle {bundle!r}: {reason}",
        hint="name a PEM file or a directory of hashed certificates",
    )


def _fallback_bundle() -> Path | None:
    """certifi's bundle, where the system has no certificates of its own."""
    system = ssl.get_default_verify_paths()
    if system.cafile or system.capath:
        return None
    try:
        import certifi  # noqa: PLC0415  # optional, comes with httpx
    except ImportError:
        return None
    return Path(certifi.where())
