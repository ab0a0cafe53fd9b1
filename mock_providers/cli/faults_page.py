"""The page ``docs/faults.md``, written from the catalogue and the profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mock_providers.faults import CATALOGUE, Spec
from mock_providers.faults.families import FAMILIES
from mock_providers.faults.spec import LAYERS
from mock_providers.profiles import Profile, Route, load_profile, provider_names

_HEAD = """\
# Faults

<!-- Written by `mock-providers faults --markdown`; a test compares. -->

Any answer of the mocks can be made to go wrong, by the request itself. A fault is a short text:

```
429;retry_after=2                     the provider's own 429, with this Retry-After
truncate(after=3,mode=rst)            three content events, then a reset
reframe(crlf)+drip                    several at once, joined by +
429*2, reset(after=3), ok             one step an attempt; the last one stays
overloaded@0.3                        three times in ten, by the server's seed
429, ok~checkout-test                 counted for this label alone
```

```
plan  = step *( "," step ) [ "~" label ]     one step an attempt; the last one stays
step  = fault *( "+" fault ) [ "*" count ]   faults that act together, for `count` attempts
fault = name [ args ] [ "@" probability ]
args  = "(" arg *( "," arg ) ")"  |  *( ";" arg )  |  *( "-" value )
arg   = [ name "=" ] value
```

A name is one of those below, a status (`429`) or a name of the provider's error table
(`overloaded`; `mock-providers list --json` shows them); `ok` is no fault. `mock-providers faults
'TEXT'` explains a text, and says what is wrong with one and where.

`after=N` counts events that carry content, so it means the same in every dialect; a stream that
is shorter is struck before its end. A plain body is struck in its middle. Seconds are the server's
clock. Whatever stands before a cut or a silence has been taken by the client's kernel before it.

Attempts are counted by the label, else by the header `X-Mock-Test`, else by the request itself
(method, path, body, key): a client that sends the same request again gets the next step, and
parallel tests do not touch each other.

A fault that finds nothing to act on is named in the answer's header `x-mock-idle`. What is wrong
with the fault itself is answered with the header `x-mock-error`: 400 for text that is no fault, 501
for a fault that this server or this answer cannot do (resets need the protocol class of
`mock-providers serve` or `MockServer`).

The same faults act on recordings (`mock-providers replay FILE`) and on any other API
(`mock-providers proxy --upstream URL [--fault TEXT]`); there, refusals go by status only.

## Carriers

Where a request can carry its faults. Several at once add up; the request is cleaned of them before
it is looked at. Beside these: fixtures and the control API (`/_mock/…`).

| carrier | form |
|---|---|
| header | `X-Mock-Fault: FAULT` |
| model | `gpt-4o::FAULT`, in the body or in the path |
| API key | `sk-mock-FAULT` in place of the key |
| URL | `/fault/FAULT/…` before or after the provider |
| `X-Mock-*` | ai-protocol-mock's: `-Error`, `-Status`, `-Timeout-Ms`, `-Invalid-Content-Type` … |

In a URL, `%2C` and the like are decoded first; a slash is written `%252F`.
`sk-mock-` and twelve or more hexadecimal digits is an ordinary key.

"""

_LAYERS = {
    "error": "Refusals and replaced answers",
    "turn": "How the answer turns out",
    "content": "What it says",
    "sequence": "Events",
    "frame": "Bytes of events",
    "encode": "Compression",
    "time": "Time",
    "cut": "Early ends",
    "chunk": "Writes",
    "http": "HTTP",
}


def page() -> str:
    """The page as Markdown."""
    profiles = [load_profile(name) for name in provider_names()]
    lines = [_HEAD.rstrip(), "", *carriers(profiles), "", "## All faults", ""]
    for layer in LAYERS:
        specs = [spec for spec in CATALOGUE.values() if spec.layer == layer]
        lines += [f"### {_LAYERS[layer]}", ""]
        for spec in specs:
            lines += [*_described(spec), ""]
    lines += ["## Families", "", "| | failure | faults |", "|---|---|---|"]
    for family, title in FAMILIES.items():
        faults = [f"`{s.name}`" for s in CATALOGUE.values() if family in s.families]
        lines.append(f"| {family} | {title} | {', '.join(faults)} |")
    return "\n".join(lines) + "\n"


def _described(spec: Spec) -> Iterator[str]:
    yield f"**`{spec.name}`**: {spec.about}. Example: `{spec.example}`"
    if spec.params:
        yield ""
    for param in spec.params:
        values = " \\| ".join(f"`{choice}`" for choice in param.choices) or param.kind
        default = "" if param.default is None else f", default `{_written(param.default)}`"
        about = f": {param.about}" if param.about else ""
        yield f"* `{param.name}` ({values}{default}){about}"


def _written(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}"
        case _:
            return str(value) or '""'


def carriers(profiles: Iterable[Profile]) -> list[str]:
    """A table: for each dialect that answers with text, where each carrier sits."""
    rows: dict[str, tuple[set[str], set[str]]] = {}
    for profile in profiles:
        for route in profile.routes:
            if route.operation == "chat":
                models, keys = rows.setdefault(route.dialect, (set(), set()))
                models.add(model_place(route))
                keys.update(key_places(profile))
    lines = ["| dialect | header, `X-Mock-*` | URL | model | API key |", "|---|---|---|---|---|"]
    lines += [
        f"| {dialect} | yes | yes | {' or '.join(sorted(models))} | {', '.join(sorted(keys))} |"
        for dialect, (models, keys) in sorted(rows.items())
    ]
    return lines


def model_place(route: Route) -> str:
    """Where a route's request names its model."""
    found = [name for name in ("model", "deployment") if f"{{{name}" in route.path]
    return f"path (`{found[0]}`)" if found else "body (`model`)"


def key_places(profile: Profile) -> list[str]:
    """Where a profile takes a key that may be any text; a signature is none."""
    return [
        f"`{scheme.name}`" + (" in the query" if scheme.place == "query" else "")
        for scheme in profile.auth.schemes
        if not scheme.prefix.startswith("AWS4")
    ] or ["no (signed)" if profile.auth.schemes else "no (none needed)"]
