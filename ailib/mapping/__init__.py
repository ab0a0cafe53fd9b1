"""Paths, match expressions and rules of a manifest, compiled once; frame to raw events."""

from ailib.mapping.expressions import ExpressionError, compile_condition, compile_path
from ailib.mapping.rules import RawEvent, RuleError, Rules, compile_rules

__all__ = [
    "ExpressionError",
    "RawEvent",
    "RuleError",
    "Rules",
    "compile_condition",
    "compile_path",
    "compile_rules",
]
