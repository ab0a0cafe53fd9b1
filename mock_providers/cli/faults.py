"""``mock-providers faults``: what can go wrong on request."""

from __future__ import annotations

import argparse
import json
from typing import Any

from mock_providers.cli.errors import UsageError
from mock_providers.cli.faults_page import page
from mock_providers.faults import CATALOGUE, FaultSyntaxError, Spec, parse


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("faults", help="the faults, or what a text of faults means")
    parser.add_argument("text", nargs="?", help="faults to explain, as '429;retry_after=2, ok'")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--markdown", action="store_true", help="as the page docs/faults.md")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints a line and an example for each fault, or explains a text."""
    if options.text is not None:
        return _explain(options.text)
    if options.markdown:
        print(page(), end="")
    elif options.json:
        print(json.dumps([_row(spec) for spec in CATALOGUE.values()], indent=2))
    else:
        for spec in CATALOGUE.values():
            print(f"{spec.example}\n    {spec.about}")
        print(f"{len(CATALOGUE)} faults")
    return 0


def _row(spec: Spec) -> dict[str, Any]:
    arguments = [
        {"name": p.name, "kind": p.kind, "default": p.default, "choices": list(p.choices)}
        for p in spec.params
    ]
    return {
        "name": spec.name,
        "layer": spec.layer,
        "about": spec.about,
        "example": spec.example,
        "families": list(spec.families),
        "arguments": arguments,
    }


def _explain(text: str) -> int:
    try:
        plan = parse(text)
    except FaultSyntaxError as error:
        raise UsageError(str(error)) from None
    for number, step in enumerate(plan.steps, 1):
        last = " and after" if number == len(plan.steps) else ""
        print(f"attempt {number}{last}:")
        for fault in step:
            set_ = {key: value for key, value in fault.args.items() if value is not None}
            chance = f", {fault.probability:.0%} of the time" if fault.probability < 1 else ""
            told = ", ".join(f"{key}={value}" for key, value in set_.items())
            print(f"    {fault.name}({told}){chance}: {CATALOGUE[fault.name].about}")
        if not step:
            print("    no fault")
    return 0
