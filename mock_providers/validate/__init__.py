"""Whether a request is one the provider would take, and what it says if not."""

from mock_providers.validate.check import Problem, Validator, compile_schema
from mock_providers.validate.rules import Rule, compile_rule
from mock_providers.validate.words import violation_values

__all__ = ["Problem", "Rule", "Validator", "compile_rule", "compile_schema", "violation_values"]
