"""Where a provider's key comes from, and where in a request it is put."""

from ailib.credentials.auth import Attachment, AuthSpec, attach, read_auth
from ailib.credentials.chain import Resolution, resolve
from ailib.credentials.redact import REDACTED, Redactor

__all__ = [
    "REDACTED",
    "Attachment",
    "AuthSpec",
    "Redactor",
    "Resolution",
    "attach",
    "read_auth",
    "resolve",
]
