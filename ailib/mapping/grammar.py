"""The match-expression language: text to tree.

    expr    := and ('||' and)*          and   := unary ('&&' unary)*
    unary   := '!' unary | '(' expr ')' | primary
    primary := 'exists(' path ')' | path op value | path 'in' '[' value, … ']'
             | path 'is' type | path
    op      := == != > < >= <= =~       value := 'text' | "text" | number | true | false | null
                                                | /regex/ | bare word
    path    := ('$' | '.')? step*       step  := .name | [n] | [*] | .* | ['name'] | .length

``$`` is the frame, ``.`` the item of the enclosing ``each`` or ``in``; ``$event``, ``$text`` and
``$exception`` are the frame's own attributes. A path with neither starts at the frame (the public
format leaves ``$.`` out at times). A bare path holds where its value is present: not missing,
null or empty; 0 and false are present.

Source of the public part: AI-Protocol V1/V2 streaming sections.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

FRAME_ATTRIBUTES: Final = ("event", "text", "exception")
EACH: Final = "*"
TYPES: Final = ("string", "number", "boolean", "object", "array", "null")


class ExpressionError(ValueError):
    """The text is no expression; the message says where and what was expected."""


@dataclass(frozen=True, slots=True)
class Path:
    """``root`` is ``$`` (frame), ``.`` (item) or a frame attribute; a step is a key, an index,
    or `EACH`."""

    root: str
    steps: tuple[str | int, ...] = ()

    @property
    def has_each(self) -> bool:
        """Whether it has a ``[*]``."""
        return EACH in self.steps


@dataclass(frozen=True, slots=True)
class Present:
    """The value at ``path`` is there; ``strict`` counts an empty one too (``exists()``)."""

    path: Path
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    """``path op value``; ``op`` is one of the operators, ``in`` or ``is``."""

    path: Path
    op: str
    value: Any


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    inner: Expr


@dataclass(frozen=True, slots=True)
class Join:
    """``word`` is ``and`` or ``or``."""

    word: str
    parts: tuple[Expr, ...]


Expr = Present | Compare | Not | Join

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<op>\|\||&&|==|!=|>=|<=|=~|[><!(),\[\]])
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<regex>/(?:[^/\\]|\\.)+/i?)
    | (?P<path>(?:\$|\.)?(?:[A-Za-z_0-9*-]|\.|\[\s*(?:\d+|\*|'[^']*'|"[^"]*")\s*\])+|\$)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(
    r"\.?(?:(?P<name>[A-Za-z_][\w-]*|\d[\w-]*)|(?P<star>\*)"
    r"|\[\s*(?:(?P<index>\d+)|(?P<each>\*)|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\")\s*\])"
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?$")
_WORDS: Final = {"true": True, "false": False, "null": None}


def parse_path(text: str) -> Path:
    """The path that ``text`` names. Raises `ExpressionError`."""
    rest = text.strip()
    for name in FRAME_ATTRIBUTES:
        if rest == f"${name}":
            return Path(name)
    root = "." if rest.startswith(".") else "$"
    rest = rest.removeprefix("$").removeprefix("@")
    if rest in ("", "."):
        return Path(root)
    steps: list[str | int] = []
    at = 0
    while at < len(rest):
        found = _STEP.match(rest, at)
        if found is None or found.end() == at:
            raise ExpressionError(f"no path: {text!r}, at {rest[at:]!r}")
        at = found.end()
        steps.append(_step(found))
    return Path(root, tuple(steps))


def _step(found: re.Match[str]) -> str | int:
    if found["star"] or found["each"]:
        return EACH
    if found["index"]:
        return int(found["index"])
    name = found["name"] or found["single"] or found["double"] or ""
    return int(name) if name.isdigit() and found["name"] else name


def parse(text: str) -> Expr:
    """The tree of ``text``. Raises `ExpressionError`."""
    tokens = _tokens(text)
    tree = _join(tokens, "||", text)
    if tokens:
        raise ExpressionError(f"{text!r}: unexpected {tokens[0][1]!r}")
    return tree


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    stripped = text.rstrip()
    while at < len(stripped):
        found = _TOKEN.match(stripped, at)
        if found is None:
            raise ExpressionError(f"{text!r}: cannot read {stripped[at:]!r}")
        at = found.end()
        kind = found.lastgroup or ""
        tokens.append((kind, found[kind]))
    return tokens


def _join(tokens: list[tuple[str, str]], op: str, text: str) -> Expr:
    def part() -> Expr:
        return _join(tokens, "&&", text) if op == "||" else _unary(tokens, text)

    parts = [part()]
    while tokens and tokens[0][1] == op:
        tokens.pop(0)
        parts.append(part())
    if len(parts) == 1:
        return parts[0]
    return Join("or" if op == "||" else "and", tuple(parts))


def _unary(tokens: list[tuple[str, str]], text: str) -> Expr:
    kind, token = _take(tokens, text)
    if token == "!":
        return Not(_unary(tokens, text))
    if token == "(":
        inner = _join(tokens, "||", text)
        _expect(tokens, ")", text)
        return inner
    if kind != "path":
        raise ExpressionError(f"{text!r}: expected a path, found {token!r}")
    if token == "exists" and tokens and tokens[0][1] == "(":
        tokens.pop(0)
        path = parse_path(_take(tokens, text)[1])
        _expect(tokens, ")", text)
        return Present(path, strict=True)
    return _primary(parse_path(token), tokens, text)


def _primary(path: Path, tokens: list[tuple[str, str]], text: str) -> Expr:
    if not tokens:
        return Present(path)
    op = tokens[0][1]
    if op in ("==", "!=", ">", "<", ">=", "<=", "=~"):
        tokens.pop(0)
        return Compare(path, op, _value(*_take(tokens, text), text))
    if op == "in":
        tokens.pop(0)
        return Compare(path, "in", tuple(_values(tokens, text)))
    if op == "is":
        tokens.pop(0)
        name = _take(tokens, text)[1]
        if name not in TYPES:
            raise ExpressionError(f"{text!r}: expected one of {', '.join(TYPES)}, found {name!r}")
        return Compare(path, "is", name)
    return Present(path)


def _values(tokens: list[tuple[str, str]], text: str) -> list[Any]:
    token = _take(tokens, text)[1]
    if token != "[":
        raise ExpressionError(f"{text!r}: expected '[' after in, found {token!r}")
    values = [_value(*_take(tokens, text), text)]
    while tokens and tokens[0][1] == ",":
        tokens.pop(0)
        values.append(_value(*_take(tokens, text), text))
    _expect(tokens, "]", text)
    return values


def _value(kind: str, token: str, text: str) -> Any:
    if kind == "text":
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    if kind == "regex":
        flags = re.IGNORECASE if token.endswith("i") else 0
        body = token.rstrip("i")[1:-1] if flags else token[1:-1]
        try:
            return re.compile(body, flags)
        except re.error as error:
            raise ExpressionError(f"{text!r}: bad regular expression: {error}") from None
    if kind == "path":
        if _NUMBER.match(token):
            return float(token) if "." in token else int(token)
        return _WORDS.get(token, token)
    raise ExpressionError(f"{text!r}: expected a value, found {token!r}")


def _take(tokens: list[tuple[str, str]], text: str) -> tuple[str, str]:
    if not tokens:
        raise ExpressionError(f"{text!r}: ends too early")
    return tokens.pop(0)


def _expect(tokens: list[tuple[str, str]], wanted: str, text: str) -> None:
    token = _take(tokens, text)[1]
    if token != wanted:
        raise ExpressionError(f"{text!r}: expected {wanted!r}, found {token!r}")
