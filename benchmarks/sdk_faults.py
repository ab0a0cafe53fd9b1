"""What each official SDK does with each fault: writes reports/sdk-faults.md.

    python -m benchmarks.sdk_faults [--out reports/sdk-faults.md] [--sdk NAME] [--fault TEXT]

Every cell is one streamed answer of 19 characters from the mocks over a socket, without retries.
SDKs that are not installed, and dialects that are not mocked, are named below the table.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import logging
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.sdk_drivers import DRIVERS, PACKAGES, Driver
from mock_providers.answer import Answer, Text, Turn
from mock_providers.answer.model import TurnUsage
from mock_providers.dialects import DIALECTS
from mock_providers.server import MockServer, build_app

PIECES = ("Hel", "lo, ", "how ", "are", " you", "?")
SAID = "".join(PIECES)

FAULTS = {
    "ok": "ok",
    "coalesced": "coalesce",
    "bytes1": "drip(bytes=1)",
    "crlf": "reframe(crlf)",
    "cr": "reframe(cr)",
    "multiline": "reframe(multiline)",
    "no_blank_end": "no_blank_end",
    "gzip": "encode(gzip)",
    "gzip_end": "encode(gzip,flush=end)",
    "http10": "http(1.0)",
    "close_delim": "http(close)",
    "trailers": "http(trailers)",
    "flood": "headers(size=30000)",
    "nospace": "reframe(nospace)",
    "bom": "bom",
    "comment": "keepalive(comment)",
    "blank": "keepalive(blank)",
    "data_comment": "keepalive(data_comment)",
    "empty_data": "keepalive(empty_data)",
    "ping": "keepalive(ping)",
    "unknown_event": "unknown_event",
    "extra_members": "extra",
    "split_utf8": "text(unicode)+split_utf8",
    "surrogates": "text(surrogates)",
    "separators": "text(separators)",
    "prelude": "prelude",
    "empty_choices": "empty(choices)",
    "null_choices": "empty(null)",
    "anonymous": "anonymous",
    "cumulative": "text(cumulative)",
    "dup_delta": "dup(delta)",
    "late_content": "late(after=finish)",
    "after_end": "late(after=end)",
    "two_ends": "dup(end)",
    "finish_odd": "finish(network_error)",
    "finish_empty": "finish(empty)",
    "no_usage": "usage(missing)",
    "null_usage": "usage(null)",
    "refusal": "outcome(refusal)",
    "no_term": "drop(end)",
    "trunc_clean": "truncate(after=3)",
    "trunc_fin": "truncate(after=3,mode=fin)",
    "midchunk": "truncate(after=3,mode=midchunk)",
    "midjson": "truncate(after=3,mode=midjson)",
    "midutf8": "truncate(after=3,mode=midutf8)",
    "rst": "reset(after=3)",
    "stall": "stall(at=between,after=3,for=5)",
    "badjson": "garble(badjson)",
    "glued": "garble(glued)",
    "unended": "garble(unended)",
    "flipped": "garble(flipped)",
    "inerr": "error_event(server_error)",
    "errfirst": "error_event(server_error,after=0)",
    "empty200": "body",
    "ct_plain": "ctype(plain)",
    "ct_json": "ctype(json)",
    "ct_none": "ctype(none)",
    "html200": 'body("<html><body>Welcome",ctype=html)',
    "json_err200": "500(status=200)",
    "octet_err": "500(ctype=octet)",
    "html502": "edge(502)",
    "e524": "edge(524)",
    "empty500": "500(body=empty)",
    "rate_limit": "429;retry_after=2",
    "nohdr": "no_headers",
    "rst_nohdr": "no_headers(mode=rst)",
}


def answer(_ask: Any, _random: Any) -> Turn:
    """The same 19 characters for everyone."""
    return Turn((Answer((Text(PIECES),)),), TurnUsage(9, len(PIECES)))


_IDLE = (b"x-mock-idle", b"x-mock-error")


class Watched:
    """The mocks, and whether the fault of their last answer could act on it."""

    def __init__(self) -> None:
        self.app = build_app(answer=answer, any_model=True)
        self.idle = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def watching(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.idle = any(name in _IDLE for name, _ in message["headers"])
            await send(message)

        self.idle = False
        await self.app(scope, receive, watching)


def tried(driver: Driver, sdk: Any, origin: str, fault: str, usual: str | None) -> str:
    """What came of one fault, in a few words."""
    base = f"{origin}/fault/{quote(fault, safe='')}/{driver.base}"
    try:
        heard = driver.drive(sdk, base)
    except Exception as error:  # whatever an SDK raises is the finding
        own = isinstance(error, driver.errors(sdk))
        return f"`{type(error).__name__}`" if own else f"raw `{type(error).__name__}`"
    finish = "" if heard.finish == usual else f", finish={heard.finish}"
    if heard.text == SAID:
        return f"ok{finish}"
    if len(heard.text) < len(SAID):
        return f"**SILENT** {len(heard.text)}/{len(SAID)}{finish}"
    return f"**OTHER TEXT**{finish}"


def available() -> Iterator[tuple[Driver, Any, str]]:
    """The drivers whose SDK and dialect are here, with the SDK's module and version; of the
    others a line on stderr."""
    for driver in DRIVERS:
        package = PACKAGES.get(driver.package, driver.package)
        try:
            module = importlib.import_module(driver.package)
            version = importlib.metadata.version(package)
        except ImportError:
            print(f"{driver.name}: {package} is not installed", file=sys.stderr)
            continue
        if driver.dialect not in DIALECTS:
            print(f"{driver.name}: the dialect {driver.dialect} is not mocked", file=sys.stderr)
            continue
        yield driver, module, f"{package} {version}"


def table(faults: dict[str, str], only: str | None) -> tuple[list[str], list[list[str]]]:
    """Versions, and the rows of the table with their header first."""
    versions: list[str] = []
    texts = [f"`{text}`".replace("|", "\\|") for text in faults.values()]
    columns = [["fault", *(f"`{name}`" for name in faults)], ["text", *texts]]
    watched = Watched()
    with MockServer(watched) as server:
        for driver, sdk, version in available():
            if only and only not in driver.name:
                continue
            versions.append(version)
            usual = driver.drive(sdk, f"{server.origin}/{driver.base}").finish
            cells = []
            for text in faults.values():
                cell = tried(driver, sdk, server.origin, text, usual)
                cells.append("idle" if watched.idle else cell)
            columns.append([driver.name, *cells])
    return sorted(set(versions)), [list(row) for row in zip(*columns, strict=True)]


LEGEND = """\
`Name`: an exception of the SDK's own base class. raw `Name`: one outside it, which `except
SDKError` misses. **SILENT** a/b: a of b characters and no exception. **OTHER TEXT**: more
characters than the mock said. finish=…: another finish reason than without a fault. idle: the
fault finds nothing to act on in this dialect (lines in binary frames, a terminator it has not)."""


def report(versions: list[str], rows: list[list[str]]) -> str:
    """The page."""
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    rule = f"|{'---|' * len(rows[0])}"
    lines = [
        "# What each SDK does with each fault",
        "",
        "Measured by `python -m benchmarks.sdk_faults`: one streamed answer a cell, no retries.",
        "",
        f"{', '.join(versions)}.",
        "",
        LEGEND,
        "",
        head,
        rule,
        *body,
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="benchmarks.sdk_faults")
    parser.add_argument("--out", type=Path, default=Path("reports/sdk-faults.md"))
    parser.add_argument("--sdk", help="only SDKs whose name holds this; nothing is written")
    parser.add_argument("--fault", help="only this fault, by name or text; nothing is written")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # the SDKs' own, about models and odd finish reasons
    logging.disable()
    faults = FAULTS
    if options.fault:
        faults = {options.fault: FAULTS.get(options.fault, options.fault)}
    versions, rows = table(faults, options.sdk)
    page = report(versions, rows)
    if options.sdk or options.fault:
        print(page)
        return 0
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(page, "utf-8")
    print(f"{len(rows) - 1} faults, {len(rows[0]) - 2} ways to stream: {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
