"""Values users hold: messages, tools, events, responses. Pure data, no I/O."""

from ailib.types.content import (
    AudioBlock,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    RawBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from ailib.types.events import (
    ContentDelta,
    FinalCandidate,
    Metadata,
    PartialToolCall,
    StreamEnd,
    StreamingEvent,
    ThinkingDelta,
    ToolCallEnded,
    ToolCallStarted,
)
from ailib.types.messages import Message, MessageContent, MessageRole
from ailib.types.request import ChatRequest
from ailib.types.response import Candidate, ChatResponse
from ailib.types.tools import ToolCall, ToolDefinition
from ailib.types.usage import Usage

__all__ = [
    "AudioBlock",
    "Candidate",
    "ChatRequest",
    "ChatResponse",
    "ContentBlock",
    "ContentDelta",
    "DocumentBlock",
    "FinalCandidate",
    "ImageBlock",
    "Message",
    "MessageContent",
    "MessageRole",
    "Metadata",
    "PartialToolCall",
    "RawBlock",
    "StreamEnd",
    "StreamingEvent",
    "TextBlock",
    "ThinkingBlock",
    "ThinkingDelta",
    "ToolCall",
    "ToolCallEnded",
    "ToolCallStarted",
    "ToolDefinition",
    "ToolResultBlock",
    "ToolUseBlock",
    "Usage",
]
