"""``mock-providers replay``: serve a cassette."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from mock_providers.cassettes import CHUNKINGS, CassetteError, Replay, read
from mock_providers.cli.serve import bound, port_number, run_loop, serve


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("replay", help="serve a cassette; faults act on top of it")
    parser.add_argument("cassette", type=Path, help="file in vcrpy's YAML")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=port_number, default=8080, help="port, 0 for a free one")
    parser.add_argument(
        "--chunking", choices=CHUNKINGS, default="as-recorded", help="pieces (%(default)s)"
    )
    parser.add_argument(
        "--speed", type=_speed, default=1.0, help="1 as recorded, 2 twice as fast, 0 at once (1)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the faults' dice (0)")
    parser.set_defaults(run=run, errors=(CassetteError,))


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = -1
    if not 0 <= speed < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no speed; expected 0 or more")
    return speed


def run(options: argparse.Namespace) -> int:
    """Serves; 0 after a signal, 1 where requests were not recorded or recordings not used."""
    replay = Replay(
        read(options.cassette),
        chunking=options.chunking,
        speed=options.speed,
        seed=options.seed,
    )
    run_loop(serve(replay, bound(options.host, options.port)))
    try:
        replay.check()
    except CassetteError as error:
        print(f"mock-providers: {error}", file=sys.stderr)
        return 1
    return 0
