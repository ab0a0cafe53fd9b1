"""``ailib check``: could a call to this provider succeed?"""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from ailib.cli.output import add_json, show
from ailib.client.target import checked_url
from ailib.credentials import resolve
from ailib.errors import AiLibError, TransportError
from ailib.manifest import Provider, load_provider
from ailib.transport import HttpRequest, Timeouts, choose_transport

SECONDS = 10.0


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "check",
        help="is a provider ready to be called?",
        description="Looks at a provider's manifest, key and address. No key is printed or sent.",
    )
    parser.add_argument("provider", metavar="PROVIDER[/MODEL]", help="as in openai/gpt-4o")
    parser.add_argument("--base-url", metavar="URL", help="instead of the manifest's")
    parser.add_argument("--offline", action="store_true", help="do not try the address")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints one row a check; 1 if one of them is not in order."""
    name, _, model = options.provider.partition("/")
    provider = load_provider(name)
    rows = [_manifest(provider), _key(provider)]
    if model:
        rows.append(_model(provider, model))
    rows.append(_address(provider, options))
    show(rows, as_json=options.json)
    return 1 if any(row["ok"] == "no" for row in rows) else 0


def _row(check: str, ok: bool | None, found: str) -> dict[str, Any]:
    return {"check": check, "ok": {True: "yes", False: "no", None: "?"}[ok], "found": found}


def _manifest(provider: Provider) -> dict[str, Any]:
    for name in provider.api_names():
        provider.api(name)  # compiles it; an invalid one is raised
    return _row("manifest", True, f"{provider.name}, APIs: {', '.join(provider.api_names())}")


def _key(provider: Provider) -> dict[str, Any]:
    found = resolve(provider.id, provider.auth)
    if found.status == "missing":
        names = " or ".join((*found.required, *found.conventional_fallbacks))
        return _row("key", False, f"none; set {names}")
    return _row("key", True, found.source_name or "none is needed")


def _model(provider: Provider, model: str) -> dict[str, Any]:
    if model in provider.models:
        return _row("model", True, f"{model} is described in the manifest")
    return _row("model", None, f"{model} is not described in the manifest; it is sent as it is")


def _address(provider: Provider, options: argparse.Namespace) -> dict[str, Any]:
    if options.base_url:
        url = checked_url(options.base_url, "--base-url")
    else:
        try:
            url = checked_url(provider.base_url, "base_url")
        except AiLibError as error:
            return _row("address", False, str(error))
    if options.offline:
        return _row("address", None, f"{url} (not tried)")
    try:
        status = asyncio.run(_reach(url))
    except TransportError as error:
        return _row("address", False, str(error))
    return _row("address", True, f"{url} answers (status {status} without a key)")


async def _reach(url: str) -> int:
    """The status of a request without a key; any answer shows that somebody is there."""
    transport = choose_transport()
    try:
        timeouts = Timeouts(connect=SECONDS, pool=SECONDS)
        response = await asyncio.wait_for(
            transport.send(HttpRequest("GET", url), timeouts), 2 * SECONDS
        )
        await response.aclose()
        return response.status
    except TimeoutError:
        pass
    finally:
        await transport.aclose()
    raise TransportError(f"{url} does not answer within {2 * SECONDS:g} s")
