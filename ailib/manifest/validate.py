"""Is this file a manifest? JSON Schema first, then a trial compilation.

Bundled manifests are checked by the tests, a user's when it is loaded. Messages are worded as ajv
words them, because the public compliance cases quote it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import yaml

from ailib.errors import AiLibError, ManifestInvalidError
from ailib.manifest.document import Source, invalid, line_of
from ailib.mapping import ExpressionError, RuleError

if TYPE_CHECKING:
    from jsonschema import ValidationError as SchemaError
    from jsonschema.protocols import Validator

    from ailib.manifest.provider import Provider

WORDS = {
    "additionalProperties": "must NOT have additional properties",
    "anyOf": "must match at least one schema in anyOf",
    "enum": "must be equal to one of the allowed values",
    "type": "must be {value}",
    "required": "must have required property",
    "pattern": "must match pattern {value!r}",
}
# Of a branch of an anyOf, these say more than that no branch fits.
SPEAKING = ("additionalProperties", "enum", "pattern")
MAX_SHOWN = 5


def check_document(document: Mapping[str, Any], source: Source, *, public: bool) -> None:
    """Raises `ManifestInvalidError` where the file is not of its form: all that is wrong in the
    message, the place of the first in its fields."""
    errors = sorted(_schema(public=public).iter_errors(document), key=lambda e: len(e.path))
    if errors:
        raise _described(errors, source)


def check_compiles(provider: Provider, source: Source) -> None:
    """Compiles every API and variant. Raises `ManifestInvalidError`."""
    for name, spec in provider.manifest["apis"].items():
        if name not in provider.api_names():
            continue
        for over in ({}, *(spec.get("variants") or ())):
            try:
                provider.compile(name, over).check()
            except (RuleError, ExpressionError, AiLibError, KeyError, TypeError) as error:
                where, text = "", str(error)
                if isinstance(error, RuleError):
                    where, text = error.pointer, error.message
                raise _at(source, f"/apis/{name}{where}", text) from None


@cache
def _schema(*, public: bool) -> Validator:
    # Imported here: it is large, and bundled manifests are not checked at run time.
    from jsonschema import Draft202012Validator, FormatChecker  # noqa: PLC0415

    name = "public.yaml" if public else "manifest.yaml"
    text = resources.files("ailib.manifests").joinpath("schema", name).read_text("utf-8")
    return Draft202012Validator(yaml.safe_load(text), format_checker=FormatChecker(["regex"]))


def _described(errors: list[SchemaError], source: Source) -> ManifestInvalidError:
    deepest = [_deepest(error) for error in errors]
    texts = list(dict.fromkeys(_text(error) for error in deepest))
    more = f" (and {len(texts) - MAX_SHOWN} more)" if len(texts) > MAX_SHOWN else ""
    first = deepest[0]
    path: list[str | int] = list(first.absolute_path)
    found: Any = first.instance
    hint = None
    if first.validator == "additionalProperties":
        extra = _additional(first)[0]
        path, found, hint = [*path, extra], found[extra], _near(extra, first.schema)
    return invalid(
        str(source),
        "; ".join(texts[:MAX_SHOWN]) + more,
        line=line_of(source, path),
        pointer="".join(f"/{step}" for step in path) or "/",
        expected=_expected(first),
        found=_shown(found),
        hint=hint,
    )


def _additional(error: SchemaError) -> list[str]:
    """The keys that should not be there."""
    known = error.schema if isinstance(error.schema, Mapping) else {}
    patterns = [re.compile(pattern) for pattern in known.get("patternProperties", ())]
    allowed = known.get("properties", {})
    keys = error.instance if isinstance(error.instance, Mapping) else {}
    return [
        key
        for key in keys
        if key not in allowed and not any(pattern.search(str(key)) for pattern in patterns)
    ]


def _near(key: str, schema: Any) -> str | None:
    """What may have been meant by ``key``."""
    close = difflib.get_close_matches(str(key), list(schema.get("properties", ())), n=1)
    return f"did you mean {close[0]!r}?" if close else None


def _deepest(error: SchemaError) -> SchemaError:
    """Of the branches of an ``anyOf`` that a value fits none of, the one it came nearest to."""
    if error.validator == "anyOf" and error.context:
        inner = max(error.context, key=lambda e: (len(e.relative_path), e.validator != "type"))
        if inner.relative_path or inner.validator in SPEAKING:
            return _deepest(inner)
    return error


def _text(error: SchemaError) -> str:
    words = error.schema.get("errorMessage") if isinstance(error.schema, Mapping) else None
    if words is None:
        template = WORDS.get(str(error.validator))
        words = template.format(value=_value(error)) if template else error.message
    names = ", ".join(_names(error))
    place = ".".join(str(step) for step in error.absolute_path)
    return f"{place} {words}{f' ({names})' if names else ''}".strip()


def _names(error: SchemaError) -> Iterator[str]:
    """The keys that a message is about."""
    if not isinstance(error.instance, Mapping):
        return
    if error.validator == "additionalProperties":
        yield from map(repr, _additional(error))
    if error.validator == "required" and isinstance(error.validator_value, list):
        yield from (repr(key) for key in error.validator_value if key not in error.instance)
    if error.validator == "anyOf" and isinstance(error.validator_value, list):
        for branch in error.validator_value:
            yield from (repr(key) for key in branch.get("required", ()))


def _value(error: SchemaError) -> Any:
    value = error.validator_value
    return " or ".join(map(str, value)) if isinstance(value, list) else value


def _expected(error: SchemaError) -> str | None:
    if error.validator in ("enum", "type", "pattern"):
        return str(_value(error))
    return None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _at(source: Source, pointer: str, message: str) -> ManifestInvalidError:
    steps = [int(s) if s.isdigit() else s for s in pointer.split("/")[1:]]
    return invalid(str(source), message, line=line_of(source, steps), pointer=pointer)
