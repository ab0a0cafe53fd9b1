"""Documents against the JSON Schemas of this package, errors in the words of their reader."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from conformance.errors import InvalidFileError
from conformance.plan.document import Document

SCHEMAS = ("scenario", "transcript", "result", "report", "clauses", "axes", "protocol")


@cache
def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of that name, as shipped."""
    text = files("conformance.schemas").joinpath(f"{name}.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


@cache
def validator(name: str) -> Draft202012Validator:
    """A validator of that schema."""
    return Draft202012Validator(schema(name))


def check(name: str, document: Document) -> None:
    """Raises `InvalidFileError` for the most telling error of the document."""
    error = best_match(validator(name).iter_errors(document.data))
    if error is not None:
        raise explain(error, document)


def explain(error: ValidationError, document: Document) -> InvalidFileError:
    """The schema's error, as file, line, pointer, expected, found."""
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error.path)
    found: Any = error.instance
    if error.validator == "additionalProperties":
        rules: Any = error.schema
        allowed = sorted(rules.get("properties", {}))
        extra = sorted(set(found) - set(allowed))[0]
        near = difflib.get_close_matches(extra, allowed, 1)
        hint = f"did you mean {near[0]!r}?" if near else None
        return document.error(
            f"{pointer}/{extra}", f"one of {', '.join(allowed)}", f"the key {extra!r}", hint
        )
    if error.validator == "required":
        wanted: Any = error.validator_value
        missing = next(key for key in wanted if key not in found)
        return document.error(pointer, f"the key {missing!r}", "none")
    return document.error(pointer, _expected(error), _shown(found))


def _expected(error: ValidationError) -> str:
    value: Any = error.validator_value
    match error.validator:
        case "type":
            return " or ".join(value) if isinstance(value, list) else str(value)
        case "enum":
            return f"one of {', '.join(map(str, value))}"
        case "const":
            return repr(value)
        case "pattern":
            return f"text like {value}"
        case "oneOf" | "anyOf":
            return " or ".join(_alternatives(value)) or "one of several forms"
        case "minItems" | "minLength" | "minProperties":
            return f"at least {value}"
        case _:
            return f"{error.validator} {value}"


def _alternatives(schemas: list[dict[str, Any]]) -> Iterator[str]:
    for alternative in schemas:
        if "required" in alternative:
            yield f"a mapping with {', '.join(alternative['required'])}"
        elif "type" in alternative:
            yield str(alternative["type"])


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."
