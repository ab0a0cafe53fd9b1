"""Raw events to `StreamingEvent`s and a `ChatResponse`: tool calls, usage, finish, the end."""

from ailib.assemble.plan import AnswerPlan, plan
from ailib.assemble.reader import ResponseReader

__all__ = ["AnswerPlan", "ResponseReader", "plan"]
