"""AWS Signature Version 4, by botocore: for providers whose ``auth.type`` is ``sigv4``.

Keys come from where botocore finds them (environment, profile, role). It is an extra; without it,
or without keys, a call ends before the network.
"""

from __future__ import annotations

import importlib
from typing import Any

from ailib.errors import CredentialError
from ailib.transport.base import HttpRequest

# What a proxy or the transport may change is not signed.
SIGNED = ("content-type", "accept")


def sign(request: HttpRequest, *, service: str, region: str) -> HttpRequest:
    """``request`` with the headers that authenticate it.

    Raises `CredentialError` where botocore is not installed or finds no keys.
    """
    awsrequest, auth, session = (_botocore(name) for name in ("awsrequest", "auth", "session"))
    found = session.Session().get_credentials()
    if found is None:
        raise CredentialError(
            "no AWS credentials",
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a bearer token",
        )
    headers = {name: value for name, value in request.headers if name in SIGNED}
    made = awsrequest.AWSRequest(request.method, request.url, headers, data=request.body)
    auth.SigV4Auth(found.get_frozen_credentials(), service, region).add_auth(made)
    added = tuple((k.lower(), v) for k, v in made.headers.items() if k.lower() not in headers)
    return HttpRequest(request.method, request.url, (*request.headers, *added), request.body)


def _botocore(name: str) -> Any:
    try:
        return importlib.import_module(f"botocore.{name}")
    except ImportError:
        raise CredentialError(
            "signing a request for AWS needs botocore", hint="pip install 'ailib[bedrock]'"
        ) from None
