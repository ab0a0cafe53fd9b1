"""docs/faults.md: up to date, complete, and its table of carriers true."""

from __future__ import annotations

import re

import pytest

from mock_providers.cli.faults_page import model_place, page
from mock_providers.faults import CATALOGUE
from mock_providers.faults.families import FAMILIES
from mock_providers.profiles import load_profile, provider_names
from mock_providers.server import build_app
from tests.support.asgi_call import call
from tests.support.shared import ROOT

LAST = [("H", 13), ("S", 13), ("C", 12)]
FAULT = 'body("carried",status=299)'


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs/faults.md").read_text("utf-8") == page(), (
        "run: mock-providers faults --markdown > docs/faults.md"
    )


def test_every_family_has_a_fault_and_every_fault_a_family_that_exists() -> None:
    covered = {family for spec in CATALOGUE.values() for family in spec.families}
    assert covered == set(FAMILIES)
    numbers = [("H", 13), ("S", 13), ("C", 12)]
    assert list(FAMILIES) == [
        f"{letter}{n}" for letter, last in numbers for n in range(1, last + 1)
    ]


def chat_routes():
    """One route of each dialect that chats, of each place of the model in it."""
    seen = {}
    for name in provider_names():
        profile = load_profile(name)
        for route in profile.routes:
            if route.operation == "chat":
                seen.setdefault((route.dialect, model_place(route)), (profile, route))
    return list(seen.values())


def path_of(route, model: str) -> str:
    def fill(hole) -> str:
        return model if hole[1] in ("model", "deployment") else (hole[2] or "x").split("|")[0]

    return re.sub(r"\{(\w+)\+?(?:=([^}]*))?\}", fill, route.path)


def carried_by(profile, route):
    """Requests that carry the fault, one for each carrier: path, body, headers."""
    path = f"/{profile.name}{path_of(route, 'm')}"
    yield "header", path, {"model": "m"}, {"x-mock-fault": FAULT}
    yield "url", f"/fault/{FAULT}{path}", {"model": "m"}, {}
    yield (
        "url below the provider",
        path.replace("/", f"/fault/{FAULT}/", 2).replace(f"/fault/{FAULT}/", "/", 1),
        {"model": "m"},
        {},
    )
    yield "X-Mock-*", path, {"model": "m"}, {"x-mock-invalid-content-type": "1"}
    if model_place(route).startswith("path"):
        yield "model", f"/{profile.name}{path_of(route, f'm::{FAULT}')}", {}, {}
    else:
        yield "model", path, {"model": f"m::{FAULT}"}, {}
    for scheme in profile.auth.schemes:
        value = f"{scheme.prefix}sk-mock-{FAULT}"
        if scheme.place == "query":
            mark = "&" if "?" in path else "?"
            yield f"key {scheme.name}", f"{path}{mark}{scheme.name}={value}", {"model": "m"}, {}
        elif not scheme.prefix.startswith("AWS4"):  # a signature is no free text
            yield f"key {scheme.name}", path, {"model": "m"}, {scheme.name: value}


@pytest.mark.parametrize(
    ("profile", "route"),
    [pytest.param(*pair, id=f"{pair[1].dialect}-{pair[0].name}") for pair in chat_routes()],
)
async def test_each_carrier_reaches_each_dialect(profile, route) -> None:
    app = build_app([profile.name])
    for carrier, path, body, headers in carried_by(profile, route):
        got = await call(app, path, body, headers)
        expected = b"mock-invalid-content-type" if carrier == "X-Mock-*" else b"carried"
        assert (carrier, got.body) == (carrier, expected)
