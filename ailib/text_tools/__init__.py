"""Tool calls written into the text, for models that cannot make them natively."""

from ailib.text_tools.parse import TextToolCalls, parse, parse_hybrid
from ailib.text_tools.prompt import prompt

__all__ = ["TextToolCalls", "parse", "parse_hybrid", "prompt"]
